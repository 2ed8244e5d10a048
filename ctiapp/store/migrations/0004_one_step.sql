-- What happens at every call and every click, in one step each: a round trip costs more than what it does.

-- The same as before, with fewer looks: once a reservation changes, this is most of what a call costs.
create or replace function refresh_agent(who text) returns void language plpgsql as $$
declare
    old    agent;
    at     record;
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
    select s.console, t.reachable, t.in_use,
           (select state from reservation where agent = who and state <> 'released') as busy,
           array(select reason from agent_pause where agent = who order by reason) as pauses
      into at
      from agent_session s join station t on t.id = s.station
     where s.agent = who and s.logged_out_at is null;
    if not found then
        now_is := 'logged_out';
        why := '{}';
    else
        why := at.pauses;
        if not at.reachable then why := why || 'station_unreachable'::text; end if;
        if not at.console then why := why || 'console_lost'::text; end if;
        if at.busy is null and at.in_use then why := why || 'on_another_call'::text; end if;
        now_is := case when at.busy is not null then at.busy when why <> '{}' then 'not_ready' else 'ready' end;
    end if;
    idle := case when now_is = 'ready' and old.state <> 'ready' then moment else old.idle_since end;
    update agent set version = version + 1, state = now_is, reasons = why, idle_since = idle,
           state_since = case when now_is <> old.state then moment else old.state_since end
     where id = who;
    if now_is <> old.state then
        insert into agent_state_history values (who, old.state, old.reasons, old.state_since, moment);
        if (now_is = 'ready') <> (old.state = 'ready') or (now_is = 'logged_out') <> (old.state = 'logged_out') then
            update agent_skill set available = (now_is = 'ready'), logged_in = (now_is <> 'logged_out'), idle_since = idle
             where agent = who;
        end if;
        if now_is = 'ready' then perform pg_notify('ctiapp', 'ready:' || who); end if;
    end if;
    perform pg_notify('ctiapp', 'agent:' || who);
end $$;

create or replace function on_reservation() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old is not distinct from new then return null; end if;
    if tg_op = 'UPDATE' and old.page_shown_at is null and new.page_shown_at is not null then
        perform pg_notify('ctiapp', 'page_shown:' || new.id);
        -- Who said so knows it: the picture is another one, and nobody needs to be told.
        if old.state = new.state and old.agent is not distinct from new.agent then
            update agent set version = version + 1 where id = new.agent;
            return null;
        end if;
    end if;
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
    return null;
end $$;

-- As before; and a call that can be offered to the reserved agent is offered with the same step.
create or replace function arrive(at_number text, call_id text, from_number text)
returns table (reservation uuid, interaction uuid, agent text, station text, shown boolean, ring_for interval, takes boolean)
language plpgsql as $$
declare r reservation; i interaction; can_take boolean;
begin
    select * into r from reservation v where v.number = at_number and v.state = 'reserved' and v.deadline > now() for update;
    if not found then return; end if;
    can_take := r.agent is not null and exists (
        select 1 from agent_session s join station t on t.id = s.station
         where s.agent = r.agent and s.logged_out_at is null and s.station = r.station and t.reachable and not t.in_use);
    update interaction v set state = 'ringing', caller = from_number, dialled = at_number where v.id = r.interaction
        returning * into i;
    insert into call (id, interaction, dialled, caller, state)
        values (call_id, i.id, at_number, from_number, case when can_take then 'ringing' else 'asking' end)
        on conflict (id) do nothing;
    update reservation v set state = 'ringing', call = call_id, ringing_at = clock_timestamp(),
           deadline = now() + i.ring_for + interval '15 s', epoch = v.epoch + 1
     where v.id = r.id;
    update routing_point p set state = 'cooling_down', until = now() + q.cool_down_for, last_used_at = now()
      from pool q where p.number = at_number and q.id = p.pool and p.state <> 'disabled';
    return query select r.id, i.id, r.agent, r.station, r.page_shown_at is not null, i.ring_for, can_take;
end $$;

-- The station answered. No row: the call has ended. `held` false: nobody's reservation rang for it.
create function answer(call_id text) returns table (interaction uuid, held boolean) language plpgsql as $$
declare c call; r reservation;
begin
    select * into c from call v where v.id = call_id and v.state <> 'ended' for update;
    if not found then return; end if;
    update reservation v set state = 'talking', talking_at = clock_timestamp(), epoch = v.epoch + 1
     where v.call = call_id and v.state = 'ringing' returning * into r;
    held := found or exists (
        select 1 from reservation v where v.call = call_id and v.state in ('reserved', 'ringing', 'talking'));
    update interaction v set state = 'connected', connected_at = coalesce(v.connected_at, now()),
           agent = coalesce(r.agent, v.agent)
     where v.id = c.interaction and v.state <> 'ended';
    update call v set state = 'talking', answered_at = coalesce(v.answered_at, now())
     where v.id = call_id and v.state <> 'talking';
    interaction := c.interaction;
    return next;
end $$;

-- The customer's leg is gone. Who talked has wrap-up; who only rang is ready again, with nothing charged. The
-- interaction that ended with it; null if that is known already.
create function end_call(call_id text, why text, raw_words text) returns uuid language plpgsql as $$
declare ended uuid; talked boolean;
begin
    update call v set state = 'ended', ended_at = now(), end_reason = why, raw = raw_words
     where v.id = call_id and v.state <> 'ended' returning v.interaction into ended;
    update reservation r set state = 'wrap_up', wrap_up_at = clock_timestamp(), epoch = r.epoch + 1,
           wrap_up_until = clock_timestamp() + i.wrap_up_for
      from interaction i where r.call = call_id and r.state = 'talking' and i.id = r.interaction;
    talked := found;
    perform release(r.id, 'abandoned') from reservation r where r.call = call_id and r.state in ('reserved', 'ringing');
    update interaction v set state = 'ended', ended_at = now(),
           end_reason = case when talked and why = 'abandoned' then 'hangup' else why end
     where v.id = ended and v.state <> 'ended';
    return ended;
end $$;

-- The customer's id: by the shop's signed identity, else by the first-party cookie, else a new one. One transaction at
-- a time works for a customer.
create function customer_of(at_site text, subject text, their_name text, their_phone text, their_email text,
                            their_language text, about jsonb, cookie text)
returns uuid language plpgsql as $$
declare found_id uuid;
begin
    if subject is not null then
        perform pg_advisory_xact_lock(hashtextextended('customer ' || at_site || ' ' || subject, 0));
        insert into customer (site, external_id, name, phone, email, language, attributes)
        values (at_site, subject, their_name, their_phone, their_email, their_language, about)
        on conflict (site, external_id) do update
           set name = coalesce(excluded.name, customer.name), phone = coalesce(excluded.phone, customer.phone),
               email = coalesce(excluded.email, customer.email),
               language = coalesce(excluded.language, customer.language),
               attributes = customer.attributes || excluded.attributes
        returning id into found_id;
        return found_id;
    end if;
    if cookie is not null then
        perform pg_advisory_xact_lock(hashtextextended('customer ' || at_site || ' ' || cookie, 0));
        update visitor set seen_at = now() where site = at_site and id = cookie returning customer into found_id;
        if found then return found_id; end if;
    end if;
    insert into customer (site, language) values (at_site, their_language) returning id into found_id;
    if cookie is not null then insert into visitor (site, id, customer) values (at_site, cookie, found_id); end if;
    return found_id;
end $$;

-- Whether the CTI server lives and the switch answers it.
create function telephone_is_up() returns boolean language sql stable as $$
    select coalesce((select p.ready and p.seen_at > now() - interval '5 s'
                            and (p.backend is null or exists (select 1 from pg_stat_get_activity(p.backend)))
                       from process p where p.name = 'cti'), false)
$$;

-- What must be known of a click before anything is reserved: the interaction that it, or the customer's click before it,
-- made already; else the customer, and how many numbers their network address holds.
create function click(at_site text, at_pool text, key text, from_address text, subject text, their_name text,
                      their_phone text, their_email text, their_language text, about jsonb, cookie text)
returns table (known uuid, customer uuid, live bigint, telephone boolean) language plpgsql as $$
begin
    telephone := telephone_is_up();
    perform pg_advisory_xact_lock(hashtextextended('click ' || at_site || ' ' || key, 0));
    select i.id into known from interaction i where i.site = at_site and i.idempotency_key = key;
    if known is null then
        customer := customer_of(at_site, subject, their_name, their_phone, their_email, their_language, about, cookie);
        select i.id into known
          from interaction i join reservation r on r.interaction = i.id and r.state = 'reserved'
         where i.customer = click.customer and i.pool = at_pool and i.state = 'waiting_for_call' and r.deadline > now()
         limit 1;
        select count(*) into live from interaction i where i.address = from_address and i.state = 'waiting_for_call';
    end if;
    return next;
end $$;
