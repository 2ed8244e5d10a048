-- Telephones in browsers: the agents' stations, the one-time targets of the customers, and what the network did to a call.

alter table station add browser boolean not null default false;

-- One row: what the values file says of them.
create table web_telephone (
    only_one     boolean primary key default true check (only_one),
    url          text,
    ice          text[] not null default '{}',
    target_lives interval not null,
    longest_call interval not null
);

-- What a customer's page may dial, once and soon. Only the hash is kept: who reads the table cannot call.
create table web_target (
    hash        text primary key,
    interaction uuid not null references interaction on delete cascade,
    deadline    timestamptz not null,
    used_at     timestamptz,
    call        text
);
create unique index web_target_open on web_target (interaction) where used_at is null;
create index web_target_deadline on web_target (deadline);

-- Every few seconds of a call, at the agent's telephone: the share of packets lost, jitter, and how long there and back.
create table call_quality (
    interaction   uuid not null references interaction on delete cascade,
    agent         text not null references agent,
    at            timestamptz not null,
    loss          real not null check (loss between 0 and 1),
    jitter_ms     real not null,
    round_trip_ms real,
    primary key (interaction, agent, at)
);
