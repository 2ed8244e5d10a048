-- A customer is passed on: while they are with one agent, another one is reserved for the same interaction.

-- `handling`: who has the customer. `receiving`: who is to have them, or is only consulted.
alter table reservation add role text not null default 'handling' check (role in ('handling', 'receiving'));
-- Whether page, record and notes are shown to whom the customer is sent.
alter table reservation add with_page boolean not null default true;
drop index reservation_interaction;
create unique index reservation_interaction on reservation (interaction, role)
    where state in ('reserved', 'ringing', 'talking');

-- `offered`: page and record are being shown to the receiver; `ringing`; `consulting`: agent and receiver talk, the
-- customer waits; `alone`: nobody was reached, or they have hung up, and the customer waits; `done`.
create table transfer (
    id               uuid primary key default gen_random_uuid(),
    interaction      uuid not null references interaction on delete cascade,
    call             text not null,
    kind             text not null check (kind in ('blind', 'attended')),
    state            text not null default 'offered'
                     check (state in ('offered', 'ringing', 'consulting', 'alone', 'done')),
    from_agent       text not null references agent,
    from_reservation uuid not null references reservation,
    to_agent         text references agent,
    to_reservation   uuid references reservation,
    skill            text,
    number           text,
    trunk            text,
    wants            text check (wants in ('complete', 'take_back')),
    outcome          text,
    created_at       timestamptz not null default clock_timestamp(),
    ended_at         timestamptz
);
create unique index transfer_open on transfer (interaction) where state <> 'done';
create index transfer_interaction on transfer (interaction, created_at desc);

create function on_transfer() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' or old.wants is distinct from new.wants then
        perform pg_notify('ctiapp', 'transfer:' || new.id);
    end if;
    perform refresh_agent(who) from (select new.from_agent as who union select new.to_agent) both_sides
      where who is not null order by who;
    return null;
end $$;
create trigger transfer_changed after insert or update on transfer for each row execute function on_transfer();

create function end_transfer(which uuid, how text) returns boolean language plpgsql as $$
begin
    update transfer set state = 'done', outcome = coalesce(how, outcome), wants = null, ended_at = clock_timestamp()
     where id = which and state <> 'done';
    return found;
end $$;

-- The customer is the receiver's from now on, who rings for them or talks already; the sender has wrap-up.
create function hand_over(which uuid, receiver_state text) returns void language plpgsql as $$
declare t transfer; i interaction;
begin
    select * into t from transfer where id = which;
    select * into i from interaction where id = t.interaction;
    update reservation set state = 'wrap_up', wrap_up_at = clock_timestamp(), epoch = epoch + 1,
           wrap_up_until = clock_timestamp() + i.wrap_up_for
     where id = t.from_reservation and state = 'talking';
    update reservation set role = 'handling', state = receiver_state, epoch = epoch + 1,
           deadline = now() + i.ring_for + interval '15 s',
           ringing_at = coalesce(ringing_at, clock_timestamp()),
           talking_at = case when receiver_state = 'talking' then coalesce(talking_at, clock_timestamp()) end
     where id = t.to_reservation and state <> 'released';
    if receiver_state = 'talking' then
        update interaction set agent = coalesce(t.to_agent, agent), state = 'connected'
         where id = t.interaction and state <> 'ended';
    elsif t.to_reservation is not null then
        update interaction set state = 'ringing' where id = t.interaction and state <> 'ended';
        update call set state = 'ringing' where id = t.call and state <> 'ended';
    end if;
end $$;

-- As before; but of two who hold the interaction it is the one who handles it whose telephone rang for the customer.
create or replace function answer(call_id text) returns table (interaction uuid, held boolean) language plpgsql as $$
declare c call; r reservation;
begin
    select * into c from call v where v.id = call_id and v.state <> 'ended' for update;
    if not found then return; end if;
    update reservation v set state = 'talking', talking_at = clock_timestamp(), epoch = v.epoch + 1
     where v.call = call_id and v.state = 'ringing' and v.role = 'handling' returning * into r;
    held := found or exists (
        select 1 from reservation v where v.call = call_id and v.state in ('reserved', 'ringing', 'talking')
                                      and v.role = 'handling');
    update interaction v set state = 'connected', connected_at = coalesce(v.connected_at, now()),
           agent = coalesce(r.agent, v.agent)
     where v.id = c.interaction and v.state <> 'ended';
    update call v set state = 'talking', answered_at = coalesce(v.answered_at, now())
     where v.id = call_id and v.state <> 'talking';
    interaction := c.interaction;
    return next;
end $$;

-- As before; and who was only consulted is free again, and what was wanted is over.
create or replace function end_call(call_id text, why text, raw_words text) returns uuid language plpgsql as $$
declare ended uuid; talked boolean; again boolean;
begin
    update call v set state = 'ended', ended_at = now(), end_reason = why, raw = raw_words
     where v.id = call_id and v.state <> 'ended' returning v.interaction into ended;
    update reservation r set state = 'wrap_up', wrap_up_at = clock_timestamp(), epoch = r.epoch + 1,
           wrap_up_until = clock_timestamp() + i.wrap_up_for
      from interaction i
     where r.call = call_id and r.state = 'talking' and r.role = 'handling' and i.id = r.interaction;
    talked := found or exists (
        select 1 from transfer t where t.call = call_id and t.state = 'done' and t.outcome in ('sent', 'completed'));
    perform release(r.id, 'abandoned') from reservation r
      where r.call = call_id and (r.state in ('reserved', 'ringing') or r.state = 'talking' and r.role = 'receiving');
    perform end_transfer(t.id, 'customer_gone') from transfer t where t.call = call_id and t.state <> 'done';
    again := not talked and exists (select 1 from call c where c.id = call_id and c.made and c.answered_at is null);
    update interaction v set state = case when again then 'queued' else 'ended' end,
           ended_at = case when not again then now() end,
           end_reason = case when again then null when talked and why = 'abandoned' then 'hangup' else why end
     where v.id = ended and v.state <> 'ended';
    return ended;
end $$;
