-- A station that left the values file keeps its history, and nobody can log in there any more. A telephone that the
-- switch tells of before the file does (it registered while a new configuration was put to work) is kept the same way.
alter table station add column active boolean not null default true;
