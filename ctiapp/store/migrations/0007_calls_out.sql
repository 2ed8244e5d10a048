-- What the outbound call controller (354) needs beside the list.

-- Preview: the agent has looked at the request and takes it.
alter table reservation add accepted_at timestamptz;

-- Of the calls we made: how many were answered by somebody lately, and how many of those for nobody.
create index attempt_answered on attempt (answered_at) where answered_at is not null;

-- Callers and callbacks are served in one fair order: who was served though they came later.
alter table call add made boolean not null default false;
create index call_served on call (arrived_at) where answered_at is not null and not made;
create index call_request_served on call_request (greatest(requested_at, promised_at)) where tries > 0;
create index call_request_oldest on call_request (pool, need, greatest(requested_at, promised_at)) where in_line;

-- As before; but a customer whom we called and who was not put through is called again, or is told by the controller that
-- it is over: the interaction is open until then.
create or replace function end_call(call_id text, why text, raw_words text) returns uuid language plpgsql as $$
declare ended uuid; talked boolean; again boolean;
begin
    update call v set state = 'ended', ended_at = now(), end_reason = why, raw = raw_words
     where v.id = call_id and v.state <> 'ended' returning v.interaction into ended;
    update reservation r set state = 'wrap_up', wrap_up_at = clock_timestamp(), epoch = r.epoch + 1,
           wrap_up_until = clock_timestamp() + i.wrap_up_for
      from interaction i where r.call = call_id and r.state = 'talking' and i.id = r.interaction;
    talked := found;
    perform release(r.id, 'abandoned') from reservation r where r.call = call_id and r.state in ('reserved', 'ringing');
    again := not talked and exists (select 1 from call c where c.id = call_id and c.made and c.answered_at is null);
    update interaction v set state = case when again then 'queued' else 'ended' end,
           ended_at = case when not again then now() end,
           end_reason = case when again then null when talked and why = 'abandoned' then 'hangup' else why end
     where v.id = ended and v.state <> 'ended';
    return ended;
end $$;

-- The agent says yes or no to a request that they were shown, or it was taken from them: who offered it goes on.
create function on_preview() returns trigger language plpgsql as $$
begin
    perform pg_notify('ctiapp', 'preview:' || new.interaction);
    return null;
end $$;
create trigger reservation_previewed after update on reservation for each row
    when (new.number is null and new.call is null and old.state = 'reserved'
          and (new.accepted_at is distinct from old.accepted_at or new.state = 'released'))
    execute function on_preview();

-- As before; and the agent who has the request sees how far it is.
create or replace function on_call_request() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' or old.state <> new.state or old.due_at <> new.due_at or old.in_line < new.in_line then
        perform pg_notify('ctiapp', 'request:' || new.pool);
    end if;
    if tg_op = 'INSERT' or old.state <> new.state or old.due_at <> new.due_at then
        perform pg_notify('ctiapp', 'interaction:' || new.interaction);
    end if;
    if tg_op = 'UPDATE' and old.state <> new.state then
        perform pg_notify('ctiapp', 'agent:' || r.agent) from reservation r
          where r.interaction = new.interaction and r.state <> 'released' and r.agent is not null;
    end if;
    return null;
end $$;
