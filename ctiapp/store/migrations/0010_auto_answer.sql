-- Calls that the agent's telephone answers by itself, where it is in the console.
alter table pool add auto_answer boolean not null default false;
alter table plain_number add auto_answer boolean not null default false;

-- Whether a customer calls from a page is asked with each view of their agent.
create index web_target_interaction on web_target (interaction) where used_at is not null;
