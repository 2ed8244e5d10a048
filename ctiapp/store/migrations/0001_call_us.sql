-- The truth (228). Rules that must hold whoever writes are held here: by partial unique indexes (an agent, a number
-- and an interaction are in one live reservation at most) and by the one function that computes an agent's state.

-- ---- who ----------------------------------------------------------------------------------------------------

create table site (
    id      text primary key,
    name    text not null,
    origins text[] not null default '{}'
);

create table customer (
    id          uuid primary key default gen_random_uuid(),
    site        text not null references site,
    external_id text,
    name        text,
    phone       text,
    email       text,
    language    text,
    attributes  jsonb not null default '{}',
    notes       text not null default '',
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    unique (site, external_id)
);
create index customer_phone on customer (phone) where phone is not null;

create table customer_history (
    customer uuid not null references customer on delete cascade,
    at       timestamptz not null default now(),
    old      jsonb not null
);
create index customer_history_customer on customer_history (customer, at);

create table visitor (
    id       text not null,
    site     text not null references site,
    customer uuid not null references customer on delete cascade,
    seen_at  timestamptz not null default now(),
    primary key (site, id)
);

create table station (
    id         text primary key,
    reachable  boolean not null default false,
    in_use     boolean not null default false,
    state      text not null default 'unreachable',
    changed_at timestamptz not null default now()
);

create table agent (
    id            text primary key,
    name          text not null,
    first_name    text not null,
    password_hash text not null,
    languages     text[] not null default '{en}',
    active        boolean not null default true,
    state         text not null default 'logged_out' check (state in
                  ('logged_out', 'not_ready', 'ready', 'reserved', 'ringing', 'talking', 'wrap_up')),
    reasons       text[] not null default '{}',
    state_since   timestamptz not null default now(),
    idle_since    timestamptz not null default now(),
    version       bigint not null default 0
);

-- `available` and `idle_since` are copies kept by refresh_agent so that the choice is one walk along an index.
create table agent_skill (
    agent      text not null references agent on delete cascade,
    skill      text not null,
    level      smallint not null check (level between 1 and 10),
    available  boolean not null default false,
    logged_in  boolean not null default false,
    idle_since timestamptz not null default now(),
    primary key (agent, skill)
);
create index agent_skill_choice on agent_skill (skill, level desc, idle_since) where available;
create index agent_skill_staffed on agent_skill (skill) where logged_in;

create table agent_session (
    id              uuid primary key default gen_random_uuid(),
    agent           text not null references agent,
    station         text not null references station,
    address         text not null default '',
    console         boolean not null default true,
    console_lost_at timestamptz default now(),
    logged_in_at    timestamptz not null default now(),
    logged_out_at   timestamptz,
    end_reason      text
);
create unique index agent_session_agent on agent_session (agent) where logged_out_at is null;
create unique index agent_session_station on agent_session (station) where logged_out_at is null;

create table console_connection (
    id        text primary key,
    session   uuid not null references agent_session on delete cascade,
    process   text not null,
    opened_at timestamptz not null default now()
);
create index console_connection_session on console_connection (session);

create table agent_pause (
    agent  text not null references agent on delete cascade,
    reason text not null,
    since  timestamptz not null default now(),
    primary key (agent, reason)
);

create table agent_state_history (
    agent   text not null references agent on delete cascade,
    state   text not null,
    reasons text[] not null,
    since   timestamptz not null,
    until   timestamptz not null
);
create index agent_state_history_agent on agent_state_history (agent, since);

create table login_failure (
    agent   text not null,
    address text not null,
    at      timestamptz not null default now()
);
create index login_failure_at on login_failure (at);

-- ---- numbers ------------------------------------------------------------------------------------------------

create table pool (
    id            text primary key,
    site          text not null references site,
    binding       text not null check (binding in ('agent', 'late')),
    skill         text not null,
    language      text,
    hold_for      interval not null,
    longest_hold  interval not null,
    cool_down_for interval not null,
    wrap_up_for   interval not null,
    ring_for      interval not null,
    longest_wait  interval not null,
    hours         jsonb
);

create table routing_point (
    number       text primary key,
    pool         text not null references pool,
    state        text not null default 'free' check (state in ('free', 'reserved', 'cooling_down', 'disabled')),
    until        timestamptz,
    last_used_at timestamptz not null default '-infinity'
);
create index routing_point_choice on routing_point (pool, last_used_at) where state in ('free', 'cooling_down');

create table plain_number (
    number       text primary key,
    site         text not null references site,
    skill        text not null,
    language     text,
    wrap_up_for  interval not null,
    ring_for     interval not null,
    longest_wait interval not null,
    hours        jsonb
);

-- ---- what happens -------------------------------------------------------------------------------------------

create table interaction (
    id              uuid primary key default gen_random_uuid(),
    site            text not null references site,
    channel         text not null check (channel in ('call_us', 'ordinary', 'call_me')),
    pool            text references pool,
    customer        uuid references customer,
    state           text not null default 'waiting_for_call' check (state in
                    ('waiting_for_call', 'queued', 'ringing', 'connected', 'ended')),
    skills          text[] not null,
    language        text,
    product         text,
    ring_for        interval not null,
    wrap_up_for     interval not null,
    longest_wait    interval not null,
    idempotency_key text,
    address         text not null default '',
    dialled         text,
    caller          text,
    agent           text references agent,
    created_at      timestamptz not null default now(),
    connected_at    timestamptz,
    ended_at        timestamptz,
    end_reason      text,
    disposition     text,
    note            text not null default '',
    unique (site, idempotency_key)
);
create index interaction_customer on interaction (customer, created_at desc);
create index interaction_live on interaction (customer, pool) where state <> 'ended';
create index interaction_address on interaction (address) where state = 'waiting_for_call';
create index interaction_agent on interaction (agent, connected_at) where agent is not null;

create table page (
    interaction   uuid primary key references interaction on delete cascade,
    url           text not null,
    title         text not null,
    taken_at      timestamptz not null,
    hidden_fields integer not null default 0,
    viewport      jsonb,
    version       integer not null default 1,
    snapshot      bytea
);

create table reservation (
    id             uuid primary key default gen_random_uuid(),
    interaction    uuid not null references interaction,
    agent          text references agent,
    station        text references station,
    number         text references routing_point,
    state          text not null check (state in ('reserved', 'ringing', 'talking', 'wrap_up', 'released')),
    owner          text not null default '',
    epoch          bigint not null default 1,
    call           text,
    deadline       timestamptz not null,
    longest_until  timestamptz not null,
    why            jsonb not null default '[]',
    created_at     timestamptz not null default now(),
    page_sent_at   timestamptz,
    page_shown_at  timestamptz,
    page_version   integer,
    ringing_at     timestamptz,
    talking_at     timestamptz,
    wrap_up_at     timestamptz,
    wrap_up_until  timestamptz,
    released_at    timestamptz,
    release_reason text
);
create unique index reservation_agent on reservation (agent) where state <> 'released';
create unique index reservation_number on reservation (number) where state = 'reserved';
create unique index reservation_interaction on reservation (interaction) where state in ('reserved', 'ringing', 'talking');
create index reservation_by_interaction on reservation (interaction);
create index reservation_deadline on reservation (deadline) where state in ('reserved', 'ringing');
create index reservation_wrap_up on reservation (wrap_up_until) where state = 'wrap_up';
create index reservation_call on reservation (call) where state <> 'released';
create index reservation_today on reservation (agent, talking_at) where talking_at is not null;

create table call (
    id          text primary key,
    interaction uuid not null references interaction,
    dialled     text not null,
    caller      text not null default '',
    state       text not null check (state in ('asking', 'queued', 'ringing', 'talking', 'ended')),
    arrived_at  timestamptz not null default now(),
    queued_at   timestamptz,
    answered_at timestamptz,
    ended_at    timestamptz,
    end_reason  text,
    raw         text
);
create index call_live on call (arrived_at) where state <> 'ended';
create index call_interaction on call (interaction);

create table port_event (
    at          timestamptz not null default clock_timestamp(),
    port        text not null,
    kind        text not null,
    call        text,
    interaction uuid,
    detail      text not null default ''
);
create index port_event_at on port_event (port, at);
create index port_event_interaction on port_event (interaction, at);

create table process (
    name       text primary key,
    started_at timestamptz not null default now(),
    seen_at    timestamptz not null default now(),
    ready      boolean not null default false,
    detail     text not null default '',
    backend    integer
);

-- ---- the one place where an agent's state is computed -------------------------------------------------------

create function refresh_agent(who text) returns void language plpgsql as $$
declare
    old    agent;
    place  agent_session;
    phone  station;
    busy   text;
    why    text[];
    now_is text;
    idle   timestamptz;
    moment timestamptz;
begin
    if who is null then return; end if;
    -- NO KEY: whoever inserts a row that refers to the agent holds a key share of it already; two of them would wait
    -- for each other.
    select * into old from agent where id = who for no key update;
    moment := clock_timestamp();
    select * into place from agent_session where agent = who and logged_out_at is null;
    if not found then
        now_is := 'logged_out';
        why := '{}';
    else
        select state into busy from reservation where agent = who and state <> 'released';
        select * into phone from station where id = place.station;
        select coalesce(array_agg(reason order by reason), '{}') into why from agent_pause where agent = who;
        if not phone.reachable then why := why || 'station_unreachable'::text; end if;
        if not place.console then why := why || 'console_lost'::text; end if;
        if busy is null and phone.in_use then why := why || 'on_another_call'::text; end if;
        now_is := case when busy is not null then busy when why <> '{}' then 'not_ready' else 'ready' end;
    end if;
    idle := case when now_is = 'ready' and old.state <> 'ready' then moment else old.idle_since end;
    update agent set version = version + 1, state = now_is, reasons = why, idle_since = idle,
           state_since = case when now_is <> old.state then moment else old.state_since end
     where id = who;
    if now_is <> old.state then
        insert into agent_state_history values (who, old.state, old.reasons, old.state_since, moment);
    end if;
    if (now_is = 'ready') <> (old.state = 'ready') or (now_is = 'logged_out') <> (old.state = 'logged_out') then
        update agent_skill set available = (now_is = 'ready'), logged_in = (now_is <> 'logged_out'), idle_since = idle
         where agent = who;
    end if;
    perform pg_notify('ctiapp', 'agent:' || who);
    if now_is = 'ready' and old.state <> 'ready' then perform pg_notify('ctiapp', 'ready:' || who); end if;
end $$;

create function on_agent_input() returns trigger language plpgsql as $$
begin
    if tg_op <> 'DELETE' then perform refresh_agent(new.agent); end if;
    if tg_op = 'DELETE' or (tg_op = 'UPDATE' and old.agent is distinct from new.agent) then
        perform refresh_agent(old.agent);
    end if;
    return null;
end $$;

create trigger agent_session_changed after insert or update of console, logged_out_at on agent_session
    for each row execute function on_agent_input();
create trigger agent_pause_changed after insert or delete on agent_pause
    for each row execute function on_agent_input();

create function on_station() returns trigger language plpgsql as $$
declare who text;
begin
    select s.agent into who from agent_session s where s.station = new.id and s.logged_out_at is null;
    if who is null then return null; end if;
    -- Locked before it is asked whether they are engaged: a release under way saw the station as it was.
    perform 1 from agent where id = who for no key update;
    -- While the agent is engaged by us their telephone is in use as a matter of course.
    if old.reachable <> new.reachable
       or not exists (select 1 from reservation r where r.agent = who and r.state <> 'released') then
        perform refresh_agent(who);
    end if;
    return null;
end $$;
create trigger station_changed after update on station for each row
    when (old.reachable <> new.reachable or old.in_use <> new.in_use) execute function on_station();

create function on_reservation() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old is not distinct from new then return null; end if;
    perform refresh_agent(new.agent);
    if tg_op = 'UPDATE' and old.agent is distinct from new.agent then perform refresh_agent(old.agent); end if;
    -- Only a route that waits for its call is kept in the switch.
    if new.number is not null and (new.state = 'reserved' or tg_op = 'UPDATE' and old.state = 'reserved')
                              and (tg_op = 'INSERT' or old.state <> new.state or old.deadline <> new.deadline
                                   or old.agent is distinct from new.agent
                                   or old.station is distinct from new.station) then
        perform pg_notify('ctiapp', 'number:' || new.number);
    end if;
    if tg_op = 'INSERT' or old.state <> new.state or old.deadline <> new.deadline
       or old.agent is distinct from new.agent then
        perform pg_notify('ctiapp', 'interaction:' || new.interaction);
    end if;
    if tg_op = 'UPDATE' and old.page_shown_at is null and new.page_shown_at is not null then
        perform pg_notify('ctiapp', 'page_shown:' || new.id);
    end if;
    return null;
end $$;
create trigger reservation_changed after insert or update on reservation
    for each row execute function on_reservation();

create function on_interaction() returns trigger language plpgsql as $$
begin
    perform pg_notify('ctiapp', 'interaction:' || new.id);
    return null;
end $$;
create trigger interaction_changed after update of state on interaction
    for each row execute function on_interaction();

create function on_session() returns trigger language plpgsql as $$
begin
    perform pg_notify('ctiapp', 'session:' || new.id);
    return null;
end $$;
create trigger agent_session_begins_or_ends after insert or update of logged_out_at on agent_session
    for each row execute function on_session();

create function on_process() returns trigger language plpgsql as $$
begin
    perform pg_notify('ctiapp', 'process:' || new.name);
    return null;
end $$;
create trigger process_ready after update of ready on process
    for each row when (old.ready <> new.ready) execute function on_process();

create function keep_customer_history() returns trigger language plpgsql as $$
begin
    insert into customer_history (customer, old) values (old.id, to_jsonb(old));
    new.updated_at := now();
    return new;
end $$;
create trigger customer_changed before update on customer for each row
    when (old.* is distinct from new.*) execute function keep_customer_history();

-- ---- transitions that must be one step ----------------------------------------------------------------------

-- Ends a live reservation, whatever its state; the number cools down. Idempotent: false if it was released before.
create function release(which uuid, reason text) returns boolean language plpgsql as $$
declare gone reservation;
begin
    update reservation set state = 'released', released_at = clock_timestamp(), release_reason = reason, epoch = epoch + 1
     where id = which and state <> 'released' returning * into gone;
    if not found then return false; end if;
    update routing_point p set state = 'cooling_down', until = now() + q.cool_down_for, last_used_at = now()
      from pool q
     where p.number = gone.number and p.pool = q.id and p.state = 'reserved'
       and not exists (select 1 from reservation r where r.number = gone.number and r.state = 'reserved');
    return true;
end $$;

-- A call has reached a number (330). If the number is reserved, the reservation is the call's from now on and the
-- number cools down (P09: once routed, usable again). Returns the reservation, or no row: an ordinary call.
create function arrive(at_number text, call_id text, from_number text)
returns table (reservation uuid, interaction uuid, agent text, station text, shown boolean, ring_for interval, takes boolean)
language plpgsql as $$
declare r reservation; i interaction;
begin
    select * into r from reservation v where v.number = at_number and v.state = 'reserved' and v.deadline > now() for update;
    if not found then return; end if;
    update interaction v set state = 'ringing', caller = from_number, dialled = at_number where v.id = r.interaction
        returning * into i;
    insert into call (id, interaction, dialled, caller, state) values (call_id, i.id, at_number, from_number, 'asking')
        on conflict (id) do nothing;
    update reservation v set state = 'ringing', call = call_id, ringing_at = clock_timestamp(),
           deadline = now() + i.ring_for + interval '15 s', epoch = v.epoch + 1
     where v.id = r.id;
    update routing_point p set state = 'cooling_down', until = now() + q.cool_down_for, last_used_at = now()
      from pool q where p.number = at_number and q.id = p.pool and p.state <> 'disabled';
    return query
        select r.id, i.id, r.agent, r.station, r.page_shown_at is not null, i.ring_for,
               exists (select 1 from agent_session s join station t on t.id = s.station
                        where s.agent = r.agent and s.logged_out_at is null and s.station = r.station
                          and t.reachable and not t.in_use);
end $$;
