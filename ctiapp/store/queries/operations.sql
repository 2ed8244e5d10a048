-- name: ping
select 1;

-- name: beat
insert into process (name, ready, detail) values (%(name)s, %(ready)s, %(detail)s)
on conflict (name) do update set seen_at = now(), ready = excluded.ready, detail = excluded.detail;

-- name: process_started
insert into process (name, ready) values (%(name)s, false)
on conflict (name) do update set started_at = now(), seen_at = now(), ready = false, detail = '', backend = null;

-- name: forget_processes
delete from process where seen_at < now() - interval '1 hour';

-- name: station_changed
-- The telephone may be known to the switch a moment before the values file makes it a station.
insert into station as t (id, active, reachable, in_use, state)
values (%(station)s, false, %(reachable)s, %(in_use)s, %(state)s)
on conflict (id) do update
   set reachable = excluded.reachable, in_use = excluded.in_use, state = excluded.state, changed_at = now()
 where (t.reachable, t.in_use, t.state) is distinct from (excluded.reachable, excluded.in_use, excluded.state);

-- name: port_event
insert into port_event (port, kind, call, interaction, detail)
values (%(port)s, %(kind)s, %(call)s, (select interaction from call where id = %(call)s), %(detail)s);

-- name: keep_site
insert into site (id, name, origins) values (%(id)s, %(name)s, %(origins)s)
on conflict (id) do update set name = excluded.name, origins = excluded.origins;

-- name: keep_station
insert into station as t (id) values (%(id)s) on conflict (id) do update set active = true where not t.active;

-- name: retire_other_stations
update station set active = false where active and id <> all (%(stations)s) returning id;

-- name: keep_pool
insert into pool (id, site, binding, skill, language, hold_for, longest_hold, cool_down_for, wrap_up_for, ring_for,
                  longest_wait, hours)
values (%(id)s, %(site)s, %(binding)s, %(skill)s, %(language)s, %(hold_for)s, %(longest_hold)s, %(cool_down_for)s,
        %(wrap_up_for)s, %(ring_for)s, %(longest_wait)s, %(hours)s)
on conflict (id) do update set site = excluded.site, binding = excluded.binding, skill = excluded.skill,
       language = excluded.language, hold_for = excluded.hold_for, longest_hold = excluded.longest_hold,
       cool_down_for = excluded.cool_down_for, wrap_up_for = excluded.wrap_up_for, ring_for = excluded.ring_for,
       longest_wait = excluded.longest_wait, hours = excluded.hours;

-- name: keep_point
insert into routing_point (number, pool) values (%(number)s, %(pool)s)
on conflict (number) do update set pool = excluded.pool,
       state = case when routing_point.state <> 'disabled' then routing_point.state
                    when exists (select 1 from reservation r where r.number = excluded.number and r.state = 'reserved')
                    then 'reserved' else 'free' end;

-- name: disable_other_points
-- A point that left the values file is given to nobody any more; a reservation of it goes on to its end.
update routing_point set state = 'disabled' where number <> all (%(numbers)s) and state <> 'disabled';

-- name: keep_plain_number
insert into plain_number (number, site, skill, language, wrap_up_for, ring_for, longest_wait, hours, auto_answer)
values (%(number)s, %(site)s, %(skill)s, %(language)s, %(wrap_up_for)s, %(ring_for)s, %(longest_wait)s, %(hours)s,
        %(auto_answer)s)
on conflict (number) do update set site = excluded.site, skill = excluded.skill, language = excluded.language,
       wrap_up_for = excluded.wrap_up_for, ring_for = excluded.ring_for, longest_wait = excluded.longest_wait,
       hours = excluded.hours, auto_answer = excluded.auto_answer;

-- name: drop_other_plain_numbers
delete from plain_number where number <> all (%(numbers)s);

-- name: keep_agent
insert into agent (id, name, first_name, password_hash, languages)
values (%(id)s, %(name)s, %(first_name)s, %(password_hash)s, %(languages)s)
on conflict (id) do update set name = excluded.name, first_name = excluded.first_name, languages = excluded.languages,
       password_hash = coalesce(%(new_password_hash)s, agent.password_hash);

-- name: drop_other_skills
delete from agent_skill where agent = %(agent)s and skill <> all (%(skills)s);

-- name: keep_skill
insert into agent_skill (agent, skill, level, available, logged_in, idle_since)
select %(agent)s, %(skill)s, %(level)s, a.state = 'ready', a.state <> 'logged_out', a.idle_since
  from agent a where a.id = %(agent)s
on conflict (agent, skill) do update set level = excluded.level;

-- name: import_customer
insert into customer (site, external_id, name, phone, email, language, attributes)
values (%(site)s, %(external_id)s, %(name)s, %(phone)s, %(email)s, %(language)s, %(attributes)s)
on conflict (site, external_id) do update set name = excluded.name, phone = excluded.phone, email = excluded.email,
       language = excluded.language, attributes = excluded.attributes;

-- name: count_agents
select count(*) as agents from agent;

-- name: gauges
select (select count(*) from reservation where state = 'reserved') as reserved,
       (select count(*) from call where state = 'queued') as queued,
       (select count(*) from call where state = 'talking') as talking;

-- name: request_states
select pool, state, count(*) as requests from call_request
 where state not in ('done', 'cancelled', 'failed') group by 1, 2;

-- name: point_states
select pool, state, count(*) as points from routing_point group by 1, 2;

-- name: agent_states
select state, count(*) as agents from agent group by 1;

-- name: agents_with_skills
select a.id, a.name, a.languages, coalesce((select jsonb_object_agg(k.skill, k.level) from agent_skill k
       where k.agent = a.id), '{}') as skills from agent a order by a.id;

-- name: take_place
select pg_try_advisory_lock(hashtext(%(name)s));

-- name: process_connected
-- The process lives as long as this connection does: its end is known at once, without waiting for a heartbeat.
update process set backend = pg_backend_pid() where name = %(name)s;
