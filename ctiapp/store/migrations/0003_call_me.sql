-- Call me (Fig. 5): the list of numbers to dial (356), what may be dialled and when, and every dialling of it.

-- Pools that call back; a pool without a row offers no Call me.
create table call_me_pool (
    pool             text primary key references pool on delete cascade,
    agent_chosen     text not null check (agent_chosen in ('ringing', 'answer', 'preview')),
    preview_for      interval not null,
    scheme           text not null check (scheme in ('first_in_first_out', 'by_class', 'by_promise')),
    trunks           text[] not null,
    caller_id        text,
    ring_for         interval not null,
    longest_call     interval not null,
    pacing           real not null check (pacing between 1 and 3),
    most_abandoned   real not null check (most_abandoned between 0 and 1),
    countries        text[] not null,
    number_types     text[] not null,
    legal_hours      jsonb not null,
    per_number_day   integer not null,
    per_customer_day integer not null,
    per_address_day  integer not null,
    offer_windows_over interval not null,
    window_capacity  integer not null,
    proof            text not null default 'none',
    message_for_machine text
);

-- What happens after an outcome, as data: the last rule of an outcome whose `tries` has been reached applies; a rule of
-- the outcome "any" counts all tries. A pool without a rule has the usual ones (core/retry.py).
create table retry_rule (
    pool    text not null references call_me_pool on delete cascade,
    outcome text not null,
    tries   integer not null check (tries > 0),
    after   interval,
    next    text not null check (next in ('try_again', 'give_up', 'mark_number', 'leave_message')),
    primary key (pool, outcome, tries)
);

create table do_not_call (
    number   text primary key,
    reason   text not null default '',
    source   text not null,
    added_at timestamptz not null default now()
);

-- What a call told about a number: fax, modem, wrong number. Not dialled again until somebody removes the mark.
create table number_mark (
    number   text primary key,
    mark     text not null check (mark in ('fax', 'modem', 'wrong_number')),
    attempt  text,
    added_at timestamptz not null default now()
);

-- A line of the list server. Order: `rank`, `rank_at`, then the first request's time; a reschedule keeps id, page, place.
create table call_request (
    id            uuid primary key default gen_random_uuid(),
    interaction   uuid not null unique references interaction,
    site          text not null references site,
    pool          text not null references pool,
    customer      uuid references customer,
    number        text not null,
    zone          text not null,
    class         smallint not null default 5 check (class between 0 and 9),
    requested_at  timestamptz not null default now(),
    -- What its agent must know, '[["kitchens"], "en"]': who asks the same waits in the same line.
    need          text not null default '',
    -- The place in that line: the key of the pool's scheme (core/priority.py). Without one, that of `by_class`.
    rank          smallint not null,
    rank_at       timestamptz not null,
    -- Due, and nobody's: what may be claimed. Kept by the trigger below; that time has passed is told by `come_due`.
    in_line       boolean not null default false,
    -- The one that lives, kept by who stores its begin and its end: while there is one, nobody dials the number again.
    attempt       text,
    -- The local intent: no date is "as soon as possible". The instants are computed from it, again at each change.
    window_date   date,
    window_from   time,
    window_until  time,
    promised_at   timestamptz not null default now(),
    promised_until timestamptz,
    due_at        timestamptz not null default now(),
    state         text not null default 'queued' check (state in
                  ('queued', 'previewing', 'dialling', 'connecting', 'talking', 'done', 'cancelled', 'failed')),
    detail        text not null default '',
    tries         integer not null default 0,
    abandoned     integer not null default 0,
    last_outcome  text,
    owner         text,
    lease_until   timestamptz,
    epoch         bigint not null default 0,
    consent       jsonb,
    address       text not null default '',
    visitor       text,
    estimate_seconds real,
    estimate_made_at timestamptz,
    waited_seconds   real,
    ended_at      timestamptz
);
create unique index call_request_open on call_request (site, number)
    where state not in ('done', 'cancelled', 'failed');
create index call_request_line on call_request (pool, need, rank, rank_at, requested_at, id) where in_line;
create index call_request_due on call_request (due_at) where state = 'queued' and owner is null and not in_line;
create index call_request_to_hang_up on call_request (id)
    where attempt is not null and state in ('done', 'cancelled', 'failed');
create index call_request_lease on call_request (lease_until) where lease_until is not null;
create index call_request_customer on call_request (customer, requested_at);
create index call_request_number on call_request (number, requested_at);
create index call_request_address on call_request (address, requested_at);
create index call_request_ended on call_request (pool, ended_at) where state = 'done';

-- One dialling, stored before it is dialled; `id` is the call's id in the switch.
create table attempt (
    id          text primary key,
    request     uuid not null references call_request,
    interaction uuid not null references interaction,
    epoch       bigint not null,
    -- Several trunks may be tried in one try; the last one's outcome counts.
    of_try      integer not null,
    number      text not null,
    trunk       text not null,
    made_at     timestamptz not null default now(),
    sent_at     timestamptz,
    ringing_at  timestamptz,
    answered_at timestamptz,
    -- What the detector heard (358).
    verdict     text,
    reason      text,
    confidence  real,
    verdict_at  timestamptz,
    verdict_ms  real,
    outcome     text,
    raw         text,
    ended_at    timestamptz
);
create index attempt_request on attempt (request, made_at);
create unique index attempt_live on attempt (request) where ended_at is null;

alter table call drop constraint call_state_check;
alter table call add check (state in ('dialling', 'asking', 'queued', 'ringing', 'talking', 'ended'));

create function keep_in_line() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        select jsonb_build_array(i.skills, i.language)::text into new.need from interaction i where i.id = new.interaction;
        new.rank := coalesce(new.rank, new.class);
        new.rank_at := coalesce(new.rank_at, new.requested_at);
    end if;
    if new.state in ('done', 'cancelled', 'failed') then
        new.owner := null;
        new.lease_until := null;
        new.ended_at := coalesce(new.ended_at, clock_timestamp());
    end if;
    new.in_line := new.state = 'queued' and new.owner is null and new.attempt is null
                   and new.due_at <= clock_timestamp();
    return new;
end $$;
create trigger call_request_in_line before insert or update on call_request
    for each row execute function keep_in_line();

create function on_call_request() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' or old.state <> new.state or old.due_at <> new.due_at or old.in_line < new.in_line then
        perform pg_notify('ctiapp', 'request:' || new.pool);
    end if;
    if tg_op = 'INSERT' or old.state <> new.state or old.due_at <> new.due_at then
        perform pg_notify('ctiapp', 'interaction:' || new.interaction);
    end if;
    return null;
end $$;
create trigger call_request_changed after insert or update on call_request
    for each row execute function on_call_request();
