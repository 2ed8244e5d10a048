-- name: lines_waiting
-- Every line of every pool, one step along call_request_line each; longer than `most` they are all as long. Needs come from
-- outside: not more lines than anybody can staff.
with recursive line as (
    (select pool, need from call_request where in_line order by pool, need limit 1)
    union all
    select next.pool, next.need from line
     cross join lateral (select c.pool, c.need from call_request c
                          where c.in_line and (c.pool, c.need) > (line.pool, line.need)
                          order by c.pool, c.need limit 1) next)
select line.pool, line.need, n.waiting, extract(epoch from now() - first.requested_at)::float as oldest
  from line
 cross join lateral (select count(*) as waiting from (
                            select 1 from call_request c
                             where c.pool = line.pool and c.need = line.need and c.in_line limit %(most)s) c) n
 cross join lateral (select c.requested_at from call_request c
                      where c.pool = line.pool and c.need = line.need and c.in_line
                      order by c.rank, c.rank_at, c.requested_at, c.id limit 1) first
 limit 200;

-- name: being_dialled
-- Claimed, and no agent is reserved for it yet: it goes before whoever waits.
select r.pool, r.need, count(*) as waiting, max(extract(epoch from now() - r.requested_at))::float as oldest
  from call_request r
 where r.lease_until is not null and r.state in ('queued', 'previewing', 'dialling', 'connecting')
   and not exists (select 1 from reservation v
                    where v.interaction = r.interaction and v.state in ('reserved', 'ringing', 'talking'))
 group by r.pool, r.need;

-- name: callers_waiting
select coalesce(i.pool, '') as pool, i.skills, i.language, i.product, count(*) as waiting,
       max(extract(epoch from now() - c.queued_at))::float as oldest
  from call c join interaction i on i.id = c.interaction
 where c.state = 'queued' group by 1, 2, 3, 4;

-- name: callers_patience
-- Of the last hour: who left the line without an agent, and how long all of them were in it together.
select count(*) filter (where answered_at is null and ended_at is not null) as gone,
       coalesce(sum(extract(epoch from coalesce(answered_at, ended_at, now()) - queued_at)), 0)::float as waited
  from call where queued_at > now() - interval '1 hour';

-- name: falling_due
-- Promised for later, or to be tried again later: they were asked for before whoever asks now.
select pool, need, extract(epoch from due_at - now())::float as after
  from call_request
 where state = 'queued' and owner is null and not in_line and due_at < now() + %(within)s::interval
 order by due_at limit %(most)s;

-- name: teams
-- `needs` is '[[["kitchens"], "en"], …]'. Which of them the agents can take (by number, from 0), and how many there are
-- of each kind; who is on a pause that is not long comes back. "offset 0" keeps the walk along agent_skill_staffed.
with need as materialized (
    select number - 1 as number, n->0 as skills, n->0->>0 as skill, n->>1 as language, n->>2 as agent
      from jsonb_array_elements(%(needs)s::jsonb) with ordinality as given(n, number)),
can as (
    select a.id, a.state, array_agg(n.number::integer order by n.number) as can
      from need n
     cross join lateral (select agent from agent_skill where skill = n.skill and logged_in offset 0) k
      join agent a on a.id = k.agent
     where (n.language is null or n.language = any (a.languages)) and (n.agent is null or n.agent = a.id)
       and (jsonb_array_length(n.skills) = 1
            or (select count(*) from agent_skill x where x.agent = k.agent and n.skills ? x.skill)
               = jsonb_array_length(n.skills))
       and (a.state <> 'not_ready' or a.state_since > now() - %(long_pause)s::interval
                                      and not a.reasons && '{station_unreachable,console_lost}')
     group by a.id, a.state)
select can, count(*) as agents, count(*) filter (where state = 'ready') as ready,
       count(*) filter (where state <> 'not_ready') as at_work
  from can group by can;

-- name: handling_times
-- The last calls of those who are logged in and have the leading skill: from reserved to the end of wrap-up.
select n.number - 1 as number, count(r.seconds) as calls, coalesce(sum(r.seconds), 0)::float as seconds
  from jsonb_array_elements(%(needs)s::jsonb) with ordinality as n(need, number)
 cross join lateral (select agent from agent_skill where skill = n.need->0->>0 and logged_in limit 50) k
 cross join lateral (select extract(epoch from v.released_at - v.created_at) as seconds from reservation v
                      where v.agent = k.agent and v.talking_at > now() - interval '7 days' and v.state = 'released'
                      order by v.talking_at desc limit 3) r
 group by n.number;

-- name: measure_wait
-- Once; a customer who did not answer at first, or chose a time, says nothing about the estimate.
update call_request
   set waited_seconds = extract(epoch from clock_timestamp() - greatest(requested_at, promised_at))
 where id = %(request)s and waited_seconds is null
returning pool, estimate_seconds::float as estimate, waited_seconds::float as waited,
          window_date is null and tries <= 1 as tells;
