-- name: held_for_transfer
select r.id, r.interaction, r.call, r.station, i.site, i.pool, i.customer, i.ring_for, i.language, i.state as interaction_state
  from reservation r join interaction i on i.id = r.interaction
 where r.agent = %(agent)s and r.interaction = %(interaction)s and r.role = 'handling' and r.state = 'talking'
   for update of r;

-- name: open_transfer
select t.*, a.first_name as from_name, b.first_name as to_name
  from transfer t join agent a on a.id = t.from_agent left join agent b on b.id = t.to_agent
 where t.interaction = %(interaction)s and t.state <> 'done' for update of t;

-- name: open_transfer_of_call
select t.*, f.station as from_station
  from transfer t join reservation f on f.id = t.from_reservation
 where t.call = %(call)s and t.state <> 'done' for update of t;

-- name: transfer
select t.*, r.state as receiver, r.station as to_station, r.page_shown_at is not null as shown, i.ring_for,
       f.station as from_station, f.state as sender
  from transfer t join interaction i on i.id = t.interaction join reservation f on f.id = t.from_reservation
  left join reservation r on r.id = t.to_reservation
 where t.id = %(transfer)s and t.state <> 'done' for update of t;

-- name: last_transfer
-- What both sides are shown: the one under way, or what came of the last one.
select t.id, t.kind, t.state, t.number, t.skill, t.outcome, t.from_agent, t.to_agent, t.wants, t.created_at,
       a.name as from_name, a.first_name as from_first_name, b.name as to_name, b.first_name as to_first_name
  from transfer t join agent a on a.id = t.from_agent left join agent b on b.id = t.to_agent
 where t.interaction = %(interaction)s and %(agent)s in (t.from_agent, t.to_agent)
 order by t.created_at desc limit 1;

-- name: new_transfer
insert into transfer (interaction, call, kind, from_agent, from_reservation, to_agent, to_reservation, skill, number, trunk)
values (%(interaction)s, %(call)s, %(kind)s, %(from_agent)s, %(from_reservation)s, %(to_agent)s, %(to_reservation)s,
        %(skill)s, %(number)s, %(trunk)s)
returning id;

-- name: receive
-- The receiver is reserved before anybody's telephone rings.
insert into reservation (interaction, agent, station, state, role, with_page, owner, call, deadline, longest_until, why)
values (%(interaction)s, %(agent)s, %(station)s, 'reserved', 'receiving', %(with_page)s, 'transfer', %(call)s,
        now() + %(hold_for)s, now() + interval '1 day', %(why)s)
returning id;

-- name: receiver_rings
update reservation set state = 'ringing', ringing_at = clock_timestamp(), deadline = now() + %(hold_for)s, epoch = epoch + 1
 where id = %(reservation)s and state = 'reserved';

-- name: receiver_talks
update reservation set state = 'talking', talking_at = clock_timestamp(), epoch = epoch + 1
 where id = %(reservation)s and state in ('reserved', 'ringing');

-- name: set_transfer_state
update transfer set state = %(state)s, outcome = coalesce(%(outcome)s, outcome), wants = null
 where id = %(transfer)s and state <> 'done';

-- name: want
update transfer set wants = %(wants)s where id = %(transfer)s;

-- name: end_transfer
select end_transfer(%(transfer)s, %(outcome)s);

-- name: hand_over
select hand_over(%(transfer)s, %(state)s);

-- name: talks_again
-- The switch did not take it: the sender has the customer as before.
update reservation set state = 'talking', wrap_up_at = null, wrap_up_until = null, epoch = epoch + 1
 where id = %(reservation)s and state = 'wrap_up';

-- name: need_skill
update interaction set skills = array[%(skill)s], product = null where id = %(interaction)s;

-- name: move_call
-- Who talked waits, rings or asks again.
update call set state = %(state)s, queued_at = case when %(state)s = 'queued' then now() else queued_at end
 where id = %(call)s and state <> 'ended';

-- name: sender_who_may_take_back
-- They are in wrap-up of it, at a telephone that can be rung.
select r.id, r.agent, s.station, a.first_name
  from reservation r join agent a on a.id = r.agent
  join agent_session s on s.agent = r.agent and s.logged_out_at is null
  join station t on t.id = s.station
 where r.id = %(reservation)s and r.state = 'wrap_up' and t.reachable for update of r;

-- name: agent_for_transfer
select a.id, a.name, a.first_name, a.state, s.station, a.idle_since, a.languages,
       (select jsonb_object_agg(k.skill, k.level) from agent_skill k where k.agent = a.id) as skills
  from agent a left join agent_session s on s.agent = a.id and s.logged_out_at is null where a.id = %(agent)s;

-- name: transfer_agents
select a.id, a.name, a.first_name, a.state, a.state_since, a.reasons,
       (select coalesce(jsonb_object_agg(k.skill, k.level), '{}') from agent_skill k where k.agent = a.id) as skills
  from agent a
 where a.active and a.state <> 'logged_out' and a.id <> %(agent)s
   and (a.name ilike %(like)s or exists (select 1 from agent_skill k where k.agent = a.id and k.skill ilike %(like)s))
 order by a.state = 'ready' desc, a.name limit 30;

-- name: transfer_teams
select k.skill, count(*) filter (where k.available and k.agent <> %(agent)s) as ready,
       count(*) filter (where k.logged_in) as logged_in,
       count(*) filter (where k.logged_in and k.agent <> %(agent)s) as others
  from agent_skill k where k.skill ilike %(like)s group by k.skill having bool_or(k.logged_in) order by k.skill limit 10;

-- name: number_rules
-- What may be called: as for the pool's own calls out; a plain number's calls, as for the site's.
select c.countries, c.number_types, c.trunks
  from call_me_pool c join pool p on p.id = c.pool where p.site = %(site)s
 order by p.id is not distinct from %(pool)s desc, p.id limit 1;

-- name: wished_transfers
-- New, or something is wanted of them, and whoever was told of it is not there any more.
select id from transfer where state = 'offered' or state <> 'done' and wants is not null;
