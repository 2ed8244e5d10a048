-- Calls that the agent's telephone answers by itself, where it is in the console.
alter table pool add auto_answer boolean not null default false;
alter table plain_number add auto_answer boolean not null default false;
