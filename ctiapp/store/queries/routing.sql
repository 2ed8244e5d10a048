-- name: candidates
-- Agents who can take this now: the one who last served the customer, and the best of the leading skill. "offset 0"
-- keeps the walk along agent_skill_choice, best first and ended early, whatever the planner thinks of the filters.
with last as (
    select agent from interaction
     where customer = %(customer)s and agent is not null and connected_at is not null
     order by created_at desc limit 1),
fit as (
    (select k.agent, k.level, k.idle_since from agent_skill k
      where k.skill = %(skill)s and k.available and k.agent = (select agent from last) and k.agent <> all (%(tried)s)
        and (%(only)s::text is null or k.agent = %(only)s))
    union
    (select k.agent, k.level, k.idle_since
       from (select agent, level, idle_since from agent_skill where skill = %(skill)s and available
              order by level desc, idle_since offset 0) k
      where k.agent <> all (%(tried)s) and (%(only)s::text is null or k.agent = %(only)s)
        and (%(language)s::text is null or (select %(language)s = any (languages) from agent where id = k.agent))
        and (select count(*) from agent_skill x where x.agent = k.agent and x.skill = any (%(others)s))
            = cardinality(%(others)s)
      limit 8)
)
select f.agent, a.name, a.first_name, a.languages, f.level, f.idle_since, s.station,
       (select jsonb_object_agg(x.skill, x.level) from agent_skill x where x.agent = f.agent) as skills,
       (select max(i.connected_at) from interaction i where i.customer = %(customer)s and i.agent = f.agent) as served_at,
       (select agent from last) as last_agent
  from fit f join agent a on a.id = f.agent
  join agent_session s on s.agent = f.agent and s.logged_out_at is null;

-- name: lock_ready_agent
select 1 from agent where id = %(agent)s and state = 'ready' for no key update skip locked;

-- name: wait_for_ready_agent
select 1 from agent where id = %(agent)s and state = 'ready' for no key update;

-- name: somebody_staffs
select 1 from (select agent from agent_skill where skill = %(skill)s and logged_in offset 0) k
 where (%(language)s::text is null or (select %(language)s = any (languages) from agent where id = k.agent))
   and (select count(*) from agent_skill x where x.agent = k.agent and x.skill = any (%(others)s)) = cardinality(%(others)s)
 limit 1;

-- name: take_point
-- The free point that rested longest; a point whose cooling down is over counts as free.
with p as materialized (
    select number from routing_point
     where pool = %(pool)s and state in ('free', 'cooling_down') and (state = 'free' or until <= now())
     order by last_used_at for update skip locked limit 1)
update routing_point t set state = 'reserved', until = null, last_used_at = now()
  from p where t.number = p.number returning t.number;

-- name: reserve
insert into reservation (interaction, agent, station, number, state, owner, call, deadline, longest_until, why, ringing_at)
values (%(interaction)s, %(agent)s, %(station)s, %(number)s, %(state)s, %(owner)s, %(call)s,
        now() + %(hold_for)s, now() + %(longest_hold)s, %(why)s,
        case when %(state)s = 'ringing' then clock_timestamp() end)
returning id, deadline, longest_until;

-- name: bind_agent
-- Late binding: the call is here and the agent is chosen now.
update reservation set agent = %(agent)s, station = %(station)s, why = %(why)s, epoch = epoch + 1
 where id = %(reservation)s and agent is null and state in ('reserved', 'ringing') returning id;

-- name: rebind_agent
-- "Can't take it": another agent takes over the number before the call came.
update reservation set agent = %(agent)s, station = %(station)s, why = %(why)s, epoch = epoch + 1,
       page_shown_at = null, page_version = null
 where id = %(reservation)s and state = 'reserved' returning id;

-- name: release
select release(%(reservation)s, %(reason)s);

-- name: arrive
select * from arrive(%(number)s, %(call)s, %(caller)s);

-- name: number_settings
select p.id as pool, p.site, p.skill, p.language, p.ring_for, p.wrap_up_for, p.longest_wait, p.hours
  from routing_point r join pool p on p.id = r.pool where r.number = %(number)s
union all
select null, site, skill, language, ring_for, wrap_up_for, longest_wait, hours
  from plain_number where number = %(number)s
union all
(select null, site, skill, language, ring_for, wrap_up_for, longest_wait, hours
  from plain_number order by number limit 1)
limit 1;

-- name: new_call
insert into call (id, interaction, dialled, caller, state)
values (%(call)s, %(interaction)s, %(dialled)s, %(caller)s, 'asking')
on conflict (id) do nothing;

-- name: call
select c.*, i.skills, i.language, i.product, i.customer, i.ring_for, i.site, i.channel,
       i.state as interaction_state,
       greatest(i.longest_wait - (now() - coalesce(c.queued_at, now())), interval '5 s') as wait_left
  from call c join interaction i on i.id = c.interaction where c.id = %(call)s;

-- name: call_is_live
select 1 from call where id = %(call)s and state <> 'ended' for update;

-- name: call_is_queued
select 1 from call where id = %(call)s and state = 'queued' for update;

-- name: stranded_calls
-- Offered to somebody whose lease is over, and nobody told what became of it.
select c.id from call c
 where c.state = 'ringing'
   and not exists (select 1 from reservation r where r.call = c.id and r.state in ('reserved', 'ringing', 'talking'));

-- name: offer
select r.agent, r.station, r.page_shown_at is not null as shown, i.ring_for
  from reservation r join interaction i on i.id = r.interaction where r.id = %(reservation)s;

-- name: set_call_state
-- Who talks does so until the end: late news of the ring changes nothing.
update call set state = %(state)s,
       queued_at = case when %(state)s = 'queued' then coalesce(queued_at, now()) else queued_at end,
       answered_at = case when %(state)s = 'talking' then coalesce(answered_at, now()) else answered_at end
 where id = %(call)s and state not in ('talking', 'ended');

-- name: queued_calls
-- Oldest first: the head of the line is looked at first, and each only once a round.
select c.id as call, c.interaction, c.queued_at, i.skills, i.language, i.product, i.customer, i.ring_for,
       array(select distinct r.agent from reservation r where r.interaction = c.interaction and r.agent is not null
              order by 1) as tried
  from call c join interaction i on i.id = c.interaction
 where c.state = 'queued' order by c.arrived_at limit 200;

-- name: tried_agents
select distinct agent from reservation
 where interaction = %(interaction)s and agent is not null
   and release_reason in ('no_answer', 'rejected', 'busy', 'unreachable', 'error', 'congestion', 'passed', 'no_console')
   and released_at > now() - interval '1 minute';

-- name: live_reservation_of_call
select r.id, r.agent, r.station, r.state, r.number, r.interaction, r.page_shown_at
  from reservation r
 where r.call = %(call)s and r.state in ('reserved', 'ringing', 'talking') and r.role = 'handling';

-- name: answer
select * from answer(%(call)s);

-- name: end_call
select end_call(%(call)s, %(reason)s, %(raw)s);

-- name: end_interaction
update interaction set state = 'ended', ended_at = now(), end_reason = %(reason)s
 where id = %(interaction)s and state <> 'ended' returning id;

-- name: set_interaction_state
update interaction set state = %(state)s where id = %(interaction)s and state <> 'ended' and state <> %(state)s;

-- name: overdue
-- Every lease ends: numbers nobody called, rings nobody answered or reported, wrap-up over.
select r.id, r.state, r.interaction, r.call, r.agent, i.channel
  from reservation r join interaction i on i.id = r.interaction
 where (r.state in ('reserved', 'ringing') and r.deadline <= now())
    or (r.state = 'wrap_up' and r.wrap_up_until <= now())
 order by r.deadline limit 500 for update of r skip locked;

-- name: cool_points
with p as materialized (
    select number from routing_point where state = 'cooling_down' and until <= now() for update skip locked)
update routing_point t set state = 'free', until = null from p where t.number = p.number;

-- name: orphan_points
-- A point that says reserved and has no live reservation: a lease that leaked; it is freed and counted.
update routing_point p set state = 'cooling_down', until = now() + interval '30 s'
 where p.state = 'reserved' and p.last_used_at < now() - interval '10 s'
   and not exists (select 1 from reservation r where r.number = p.number and r.state = 'reserved')
returning p.number;

-- name: live_calls
select c.id, c.state, c.interaction, c.dialled from call c where c.state <> 'ended';

-- name: live_routes
select r.number, r.station, r.deadline as until from reservation r
 where r.state = 'reserved' and r.number is not null and r.station is not null and r.deadline > now();

-- name: live_route
select r.number, r.station, r.deadline as until from reservation r
 where r.state = 'reserved' and r.number = %(number)s and r.station is not null and r.deadline > now();

-- name: interaction_live
select 1 from interaction where id = %(interaction)s and state <> 'ended';

-- name: fail_agent
-- The agent's telephone did not take the call (RONA): they are not ready, for this reason, until they say otherwise.
insert into agent_pause (agent, reason) values (%(agent)s, %(reason)s) on conflict do nothing;

-- name: agent_at_station
select s.agent, a.state, a.first_name from agent_session s join agent a on a.id = s.agent
 where s.station = %(station)s and s.logged_out_at is null;

-- name: adopt_reservation
insert into reservation (interaction, agent, station, state, owner, call, deadline, longest_until, why, ringing_at)
values (%(interaction)s, %(agent)s, %(station)s, %(state)s, 'switch', %(call)s, now() + interval '1 minute',
        now() + interval '1 day', '[{"rule": "switch", "text": "The switch put the call through by itself"}]', now())
on conflict do nothing returning id;

-- name: drop_waiting_reservation_of_call
select release(id, %(reason)s) from reservation
 where call = %(call)s and state in ('reserved', 'ringing') and role = 'handling';

-- name: is_page_shown
select page_shown_at is not null from reservation where id = %(reservation)s;

-- name: web_is_up
select exists (select 1 from process where name like 'web-%%' and seen_at > now() - interval '5 s') as up;

-- name: known_stations
select id from station;

-- name: calls_seen_before
select id, interaction, state from call where state <> 'ended' and arrived_at < now() - interval '5 s';
