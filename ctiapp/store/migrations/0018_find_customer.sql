-- An agent finds a customer by name, number, email or customer id: an index for each way of looking.

create index customer_words on customer using gin (to_tsvector('simple', name)) where name is not null;
create index customer_email on customer (lower(email) collate "C") where email is not null;
create index customer_external_id on customer (lower(external_id) collate "C") where external_id is not null;
create index customer_phone_begins on customer (phone collate "C") where phone is not null;
