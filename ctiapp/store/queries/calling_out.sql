-- name: calling_pools
select c.pool, c.scheme, c.agent_chosen, c.preview_for, c.trunks, c.caller_id, c.ring_for, c.longest_call, c.pacing,
       c.most_abandoned, c.legal_hours, c.countries
  from call_me_pool c order by c.pool;

-- name: wait_for_the_disk
-- This transaction's commit does, whatever the connection's others do: what is dialled was stored before.
select set_config('synchronous_commit', 'on', true);

-- name: new_call_out
insert into call (id, interaction, dialled, caller, state, made)
values (%(call)s, %(interaction)s, %(number)s, %(number)s, 'dialling', true);

-- name: attempt_sent
update attempt set sent_at = coalesce(sent_at, clock_timestamp()) where id = %(attempt)s;

-- name: attempt_rings
update attempt set ringing_at = coalesce(ringing_at, clock_timestamp()) where id = %(attempt)s;

-- name: attempt_answered
update attempt set answered_at = coalesce(answered_at, clock_timestamp()) where id = %(attempt)s
returning answered_at;

-- name: attempt_told
-- They were told that nobody is free, or a machine is being left a message: they wait for no agent any more.
update attempt set outcome = %(outcome)s where id = %(attempt)s and ended_at is null;

-- name: live_attempt
-- A call that we made, with its request; both are locked.
select r.*, a.id as call, a.trunk, a.verdict, a.verdict_at, a.ringing_at, a.answered_at, c.state as call_state,
       i.skills, i.language, i.product, p.agent_chosen, p.ring_for, p.message_for_machine
  from call c
  join attempt a on a.id = c.id
  join call_request r on r.id = a.request
  join interaction i on i.id = r.interaction
  left join call_me_pool p on p.pool = r.pool
 where c.id = %(call)s and c.state <> 'ended' and a.ended_at is null
   for update of c for no key update of r;

-- name: ended_attempt
-- A call that we made and that has ended, and nobody has said yet what came of it.
select r.*, a.id as call, a.trunk, a.verdict, a.answered_at, c.ended_at as call_ended_at, c.end_reason, c.raw,
       c.answered_at is not null as talked
  from call c
  join attempt a on a.id = c.id
  join call_request r on r.id = a.request
 where c.id = %(call)s and c.state = 'ended' and a.ended_at is null
   for no key update of r;

-- name: attempts_to_settle
select a.id from attempt a join call c on c.id = a.id where a.ended_at is null and c.state = 'ended' limit 500;

-- name: trunks_tried
select trunk from attempt where request = %(request)s and of_try = %(of_try)s;

-- name: pool_of_call
select c.pool, c.scheme, c.agent_chosen, c.preview_for, c.trunks, c.caller_id, c.ring_for, c.longest_call, c.pacing,
       c.most_abandoned, c.legal_hours, c.countries
  from call_me_pool c where c.pool = %(pool)s;

-- name: ring_reserved_agent
-- The agent who was chosen when the line rang, if they can still take it.
update reservation r
   set state = 'ringing', ringing_at = clock_timestamp(), deadline = now() + i.ring_for + interval '15 s',
       epoch = r.epoch + 1
  from interaction i
 where r.call = %(call)s and r.state = 'reserved' and i.id = r.interaction
   and exists (select 1 from agent_session s join station t on t.id = s.station
                where s.agent = r.agent and s.logged_out_at is null and s.station = r.station
                  and t.reachable and not t.in_use)
returning r.id as reservation, r.interaction, r.agent, r.station, r.page_shown_at is not null as shown, i.ring_for;

-- name: in_flight
-- Calls that will need an agent and hold none yet.
select r.pool, r.need, count(*) as calls
  from call_request r join attempt a on a.id = r.attempt
 where r.lease_until is not null and r.state in ('dialling', 'connecting')
   and a.outcome is null and (a.verdict is null or a.verdict in ('human', 'unknown'))
   and not exists (select 1 from reservation v
                    where v.interaction = r.interaction and v.state in ('reserved', 'ringing', 'talking'))
 group by r.pool, r.need;

-- name: renew_all_of
update call_request set lease_until = clock_timestamp() + %(lease)s
 where lease_until is not null and owner = %(owner)s and (attempt is not null or state = 'previewing')
   and lease_until < clock_timestamp() + 0.7 * %(lease)s::interval;

-- name: held_by_others
select id, owner from call_request where lease_until is not null and owner <> %(owner)s;

-- name: live_reservation_of_interaction
select id from reservation
 where interaction = %(interaction)s and state in ('reserved', 'ringing', 'talking') and role = 'handling';

-- name: preview
-- A request that is shown to an agent, and what they said. No reservation: nobody looks at it any more.
select r.*, v.id as reservation, v.accepted_at is not null as accepted
  from call_request r
  left join reservation v on v.interaction = r.interaction and v.state = 'reserved' and v.call is null
 where r.interaction = %(interaction)s and r.state = 'previewing' and r.owner = %(owner)s and r.attempt is null
   for no key update of r;

-- name: reservation_for_call
update reservation set call = %(call)s, deadline = now() + %(hold_for)s, epoch = epoch + 1
 where id = %(reservation)s and state = 'reserved';

-- name: previews
select interaction from call_request where lease_until is not null and owner = %(owner)s and state = 'previewing';

-- name: callers_in_line
select c.id, c.arrived_at, i.skills, i.language, i.product
  from call c join interaction i on i.id = c.interaction
 where c.state = 'queued' order by c.arrived_at limit 200;

-- name: first_in_line
select id, rank, rank_at, requested_at, greatest(requested_at, promised_at) as came_at
  from call_request
 where pool = %(pool)s and need = %(need)s and in_line
 order by rank, rank_at, requested_at, id limit %(most)s;

-- name: longest_in_line
select id, rank, rank_at, requested_at, greatest(requested_at, promised_at) as came_at
  from call_request
 where pool = %(pool)s and need = %(need)s and in_line
 order by greatest(requested_at, promised_at) limit 1;

-- name: callers_served_since
select count(*) from (
    select 1 from call c join interaction i on i.id = c.interaction
     where c.arrived_at > %(came_at)s and c.answered_at is not null and not c.made
       and exists (select 1 from agent_skill k where k.agent = i.agent and k.skill = %(skill)s)
     order by c.arrived_at limit %(most)s) served;

-- name: callbacks_served_since
select count(*) from (
    select 1 from call_request r join interaction i on i.id = r.interaction
     where greatest(r.requested_at, r.promised_at) > %(came_at)s and r.tries > 0 and i.connected_at is not null
       and exists (select 1 from agent_skill k where k.agent = i.agent and k.skill = %(skill)s)
     order by greatest(r.requested_at, r.promised_at) limit %(most)s) served;

-- name: answers
-- Calls that a human answered (or nobody knows), and those of them for whom nobody was free.
select r.pool, count(*) as answered, count(*) filter (where a.outcome = 'abandoned') as abandoned
  from attempt a join call_request r on r.id = a.request
 where a.answered_at > now() - %(window)s::interval and a.outcome in ('human', 'abandoned')
 group by r.pool;

-- name: tell_agent_of_call
select pg_notify('ctiapp', 'agent:' || agent) from reservation where call = %(call)s and state = 'reserved';

-- name: one_at_a_time
select pg_advisory_xact_lock(hashtext('dials'));
