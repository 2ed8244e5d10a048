-- name: agent
select id, name, first_name, password_hash, active, languages from agent where id = %(agent)s;

-- name: lock_station
-- Before a session is opened there: a change of its telephone's state that is under way has not seen the session.
select id from station where id = %(station)s and active for share;

-- name: recent_failures
select count(*) filter (where agent = %(agent)s) as for_agent,
       count(*) filter (where address = %(address)s) as from_address
  from login_failure
 where at > now() - interval '5 minutes' and (agent = %(agent)s or address = %(address)s);

-- name: login_failed
insert into login_failure (agent, address) values (%(agent)s, %(address)s);

-- name: forget_failures
delete from login_failure where agent = %(agent)s or at < now() - interval '1 hour';

-- name: live_session
select id, agent, station from agent_session where agent = %(agent)s and logged_out_at is null;

-- name: session_at_station
select id, agent from agent_session where station = %(station)s and logged_out_at is null;

-- name: open_session
insert into agent_session (agent, station, address) values (%(agent)s, %(station)s, %(address)s) returning id;

-- name: lock_session
-- Consoles come and go in pairs (a reload): who looks whether another is left looks alone.
select 1 from agent_session where id = %(session)s for no key update;

-- name: lock_reservations_of_session
-- A reservation is locked before its agent, by everybody.
select r.id from reservation r join agent_session s on s.agent = r.agent
 where s.id = %(session)s and r.state <> 'released' for update of r;

-- name: end_session
update agent_session set logged_out_at = now(), end_reason = %(reason)s
 where id = %(session)s and logged_out_at is null returning agent, station;

-- name: agent_of_session
select agent from agent_session where id = %(session)s and logged_out_at is null;

-- name: lock_agents
-- Whoever changes several agents in one transaction locks them first, in this order; else two who do so wait for each
-- other, and everybody for them, until the database calls it a deadlock.
select 1 from agent where id = any (%(agents)s) order by id for no key update;

-- name: lock_agents_at_stations
select 1 from agent
 where id in (select agent from agent_session where station = any (%(stations)s) and logged_out_at is null)
 order by id for no key update;

-- name: end_reason_of_session
select end_reason from agent_session where id = %(session)s and logged_out_at is not null;

-- name: pause
insert into agent_pause (agent, reason) values (%(agent)s, %(reason)s) on conflict do nothing;

-- name: lock_agent
-- Before their pauses are changed: who holds the agent may be about to change them too.
select 1 from agent where id = %(agent)s for no key update;

-- name: end_pauses
delete from agent_pause where agent = %(agent)s;

-- name: refresh_agent
select refresh_agent(%(agent)s);

-- name: waiting_reservations_of_agent
select r.id, r.interaction, r.number, r.state, r.call, r.role, i.channel
  from reservation r join interaction i on i.id = r.interaction
 where r.agent = %(agent)s and r.state in ('reserved', 'wrap_up') for update of r;

-- name: open_console
insert into console_connection (id, session, process) values (%(connection)s, %(session)s, %(process)s)
on conflict (id) do nothing;

-- name: console_is_there
update agent_session set console = true, console_lost_at = null
 where id = %(session)s and logged_out_at is null and (not console or console_lost_at is not null);

-- name: console_answers_again
-- That it once did not show a page (a restart of the web server) is no reason to pause any more.
with who as materialized (
    select a.id from agent a join agent_session s on s.agent = a.id
     where s.id = %(session)s and s.logged_out_at is null for no key update of a)
delete from agent_pause p using who where p.agent = who.id and p.reason = 'no_console';

-- name: close_console
delete from console_connection where id = %(connection)s;

-- name: console_may_be_lost
update agent_session s set console_lost_at = now()
 where s.id = %(session)s and s.console_lost_at is null and s.logged_out_at is null
   and not exists (select 1 from console_connection c where c.session = s.id);

-- name: lose_consoles
update agent_session s set console = false
 where s.console and s.logged_out_at is null and s.console_lost_at < now() - %(grace)s::interval
   and not exists (select 1 from console_connection c where c.session = s.id);

-- name: forget_consoles_of_dead_processes
with alive as materialized (
    select array(select name from process where seen_at > now() - interval '15 s') as names),
dead as (
    delete from console_connection where process <> all ((select names from alive)::text[]) returning session)
update agent_session s set console_lost_at = now() from dead
 where s.id = dead.session and s.console_lost_at is null and s.logged_out_at is null
   and not exists (select 1 from console_connection c
                    where c.session = s.id and c.process = any ((select names from alive)::text[]));

-- name: engagement
select r.id as reservation, r.interaction, r.state, r.number, r.station, r.role, r.with_page, r.created_at as reserved_at, r.deadline, r.ringing_at,
       r.talking_at as talking_since, r.wrap_up_until, r.why, r.page_shown_at, i.channel, i.pool, i.caller, i.dialled,
       i.customer, i.note, i.disposition, i.site, coalesce(l.disposition_required, true) as disposition_required,
       coalesce(l.auto_answer, n.auto_answer, false) as auto_answer, coalesce(l.video, true) as video,
       exists (select 1 from web_target w where w.interaction = i.id and w.used_at is not null) as from_page,
       exists (select 1 from call_me_pool m join pool o on o.id = m.pool where o.site = i.site) as may_call_back,
       exists (select 1 from call_request b where b.made_in = i.id) as callback_made,
       exists (select 1 from transfer t where t.interaction = i.id) as passed_on,
       c.id as customer_id, c.name as customer_name, c.phone as customer_phone, c.email as customer_email,
       c.language as customer_language, c.attributes as customer_attributes, c.created_at as customer_since,
       c.external_id as customer_external_id, c.notes as customer_notes,
       p.url as page_url, p.title as page_title, p.taken_at as page_taken_at, p.hidden_fields as page_hidden_fields,
       p.version as page_version,
       q.state as request_state, q.requested_at, q.promised_at, q.promised_until, q.tries, q.abandoned, q.last_outcome,
       q.zone, q.number as request_number, r.accepted_at, a.ringing_at as customer_ringing_at,
       a.answered_at as customer_answered_at
  from reservation r join interaction i on i.id = r.interaction
  left join call_request q on q.interaction = i.id left join attempt a on a.id = r.call
  left join customer c on c.id = i.customer left join page p on p.interaction = i.id
  left join pool l on l.id = i.pool left join plain_number n on n.number = i.dialled and i.pool is null
 where r.agent = %(agent)s and r.state <> 'released';

-- name: agent_view
select a.id, a.name, a.first_name, a.languages, a.state, a.reasons, a.state_since, a.version, s.station,
       t.reachable, t.state as telephone_state, now() as server_time, telephone_is_up(),
       (select jsonb_object_agg(k.skill, k.level) from agent_skill k where k.agent = a.id) as skills,
       (select coalesce(array_agg(p.reason order by p.reason), '{}') from agent_pause p where p.agent = a.id) as pauses,
       exists (select 1 from call_request r where r.only_agent = a.id and r.state not in ('done', 'cancelled', 'failed'))
           as promised_calls,
       today.*
  from agent a left join agent_session s on s.agent = a.id and s.logged_out_at is null
  left join station t on t.id = s.station
 cross join lateral (
    select count(*) as calls,
           coalesce(avg(extract(epoch from coalesce(wrap_up_at, released_at, now()) - talking_at)), 0)::int
               as average_talk_seconds,
           coalesce(avg(extract(epoch from coalesce(released_at, now()) - wrap_up_at)), 0)::int as average_wrap_up_seconds
      from reservation r where r.agent = a.id and r.talking_at > date_trunc('day', now())) today
 where a.id = %(agent)s;

-- name: page_with_agent
-- A row without a url: the customer sent no page. No row: they are not with this agent.
select p.url, p.title, p.taken_at, p.hidden_fields, p.version, p.viewport, p.snapshot, p.take
  from reservation r left join page p on p.interaction = r.interaction
 where r.agent = %(agent)s and r.interaction = %(interaction)s and r.state <> 'released' and r.with_page;

-- name: sees_page
-- The agent's name, as long as the customer's page is live for them: from the reservation to the hang-up.
select a.first_name
  from reservation r join agent a on a.id = r.agent
 where r.agent = %(agent)s and r.interaction = %(interaction)s and r.state in ('reserved', 'ringing', 'talking')
   and r.with_page;

-- name: history
-- `agent`: who had the call, one after another.
select i.id as interaction, i.created_at as at, i.channel, i.disposition, i.note,
       coalesce((select string_agg(b.name, ', then ' order by r.talking_at) from reservation r join agent b on b.id = r.agent
                  where r.interaction = i.id and r.talking_at is not null and r.role = 'handling'), a.name) as agent,
       extract(epoch from i.ended_at - i.connected_at)::int as seconds, i.end_reason, count(*) over () as total
  from interaction i left join agent a on a.id = i.agent
 where i.customer = %(customer)s and i.id is distinct from %(interaction)s::uuid and i.state = 'ended'
 order by i.created_at desc limit %(most)s;

-- name: team
select (select count(*) from call where state = 'queued') as waiting,
       (select coalesce(extract(epoch from now() - min(queued_at)), 0)::int from call where state = 'queued')
           as longest_wait_seconds,
       count(*) filter (where state = 'ready') as ready,
       count(*) filter (where state <> 'logged_out') as logged_in
  from agent where state <> 'logged_out';

-- name: page_shown
-- A second acknowledgement (a reload, a second tab) is as good as the first and changes nothing.
update reservation r set page_shown_at = coalesce(r.page_shown_at, clock_timestamp())
 where r.id = %(reservation)s and r.agent = %(agent)s and r.state <> 'released';

-- name: reservation_of_agent
select r.id, r.interaction, r.state, r.number, r.call, r.role, r.wrap_up_until, i.channel,
       coalesce(p.disposition_required, true) as disposition_required
  from reservation r join interaction i on i.id = r.interaction left join pool p on p.id = i.pool
 where r.id = %(reservation)s and r.agent = %(agent)s and r.state <> 'released' for update of r;

-- name: reservation_for_note
-- What was typed as wrap-up ended still counts, unless the customer is somebody else's by now.
select r.interaction from reservation r
 where r.id = %(reservation)s and r.agent = %(agent)s
   and (r.state <> 'released' or r.released_at > now() - interval '1 minute' and not exists (
        select 1 from reservation o where o.interaction = r.interaction and o.state <> 'released'));

-- name: accept
-- The one who dials it has a moment to do so.
update reservation set accepted_at = coalesce(accepted_at, clock_timestamp()),
       deadline = greatest(deadline, now() + interval '15 s'), epoch = epoch + 1
 where id = %(reservation)s and state = 'reserved' and accepted_at is null;

-- name: extend_wrap_up
update reservation set wrap_up_until = greatest(wrap_up_until, now()) + interval '30 s', epoch = epoch + 1
 where id = %(reservation)s and state = 'wrap_up';

-- name: set_disposition
update interaction set disposition = coalesce(%(disposition)s, disposition), note = coalesce(%(note)s, note)
 where id = %(interaction)s;

-- name: outcome_not_recorded
-- Whoever has the customer now may still record it.
update interaction set disposition = 'not_recorded'
 where id = %(interaction)s and disposition is null
   and not exists (select 1 from reservation r
                    where r.interaction = %(interaction)s and r.state in ('reserved', 'ringing', 'talking'));

-- name: choices
select kind, id, name from choice order by kind, place;

-- name: unpause
delete from agent_pause where agent = %(agent)s and reason = %(reason)s;

-- name: need_of_interaction
select id, skills, language, product, customer, ring_for, site, pool from interaction where id = %(interaction)s;

-- name: staffed_stations
select station from agent_session where logged_out_at is null;

-- name: move_reservation
update reservation set station = %(station)s where agent = %(agent)s and state = 'reserved';
