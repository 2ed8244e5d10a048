-- The live page: which whole picture of the customer's page is kept here. What changes on the page is told against it and
-- is never stored.
alter table page add take text;
