-- name: claim
-- Along call_request_line, first in line first. What a planner without statistics might choose instead walks the whole
-- list: so no join, and the ids in an array.
update call_request r
   set owner = %(owner)s, lease_until = clock_timestamp() + %(lease)s, epoch = r.epoch + 1
 where r.id = any (array(
       select c.id from call_request c
        where c.pool = %(pool)s and c.need = %(need)s and c.in_line
        order by c.rank, c.rank_at, c.requested_at, c.id
        limit %(most)s for update skip locked))
returning r.*;

-- name: lines
-- The needs of those in line, by who is first: one step along call_request_line a need.
with recursive line as (
    (select need from call_request where pool = %(pool)s and in_line order by need limit 1)
    union all
    select (select c.need from call_request c where c.pool = %(pool)s and c.in_line and c.need > line.need
             order by c.need limit 1)
      from line where line.need is not null)
select line.need, first.* from line
 cross join lateral (select c.rank, c.rank_at, c.requested_at, c.id from call_request c
                      where c.pool = %(pool)s and c.need = line.need and c.in_line
                      order by c.rank, c.rank_at, c.requested_at, c.id limit 1) first
 order by first.rank, first.rank_at, first.requested_at, first.id;

-- name: come_due
-- In the order in which they fell due, a batch at a time: what fell due while nobody looked does not come at once.
update call_request set in_line = true
 where id = any (array(
       select c.id from call_request c
        where c.state = 'queued' and c.owner is null and not c.in_line and c.due_at <= now()
        order by c.due_at limit %(most)s for update skip locked));

-- name: to_the_team
-- The agent who promised the call was away for too long.
update call_request set only_agent = null
 where id = any (array(
       select c.id from call_request c
        where c.only_agent is not null and c.state = 'queued' and c.owner is null and c.due_at + c.only_for <= now()
        order by c.due_at limit %(most)s for update skip locked));

-- name: renew_claims
update call_request r set lease_until = clock_timestamp() + %(lease)s
  from unnest(%(requests)s::text[]::uuid[], %(epochs)s::bigint[]) as mine(id, epoch)
 where r.id = mine.id and r.epoch = mine.epoch and r.owner = %(owner)s
returning r.id;

-- name: dial
with r as (
    update call_request set state = 'dialling', tries = tries + %(counts)s, attempt = %(attempt)s
     where id = %(request)s and epoch = %(epoch)s and owner = %(owner)s and state = any (%(before)s)
       and attempt is null
    returning *)
insert into attempt (id, request, interaction, epoch, of_try, number, trunk)
select %(attempt)s, r.id, r.interaction, r.epoch, r.tries, r.number, %(trunk)s from r;

-- name: move
update call_request set state = %(state)s
 where id = %(request)s and epoch = %(epoch)s and owner = %(owner)s and state = any (%(before)s);

-- name: state_of_claim
select state from call_request where id = %(request)s and epoch = %(epoch)s and owner = %(owner)s for no key update;

-- name: end_attempt
-- By who holds the request, or when nobody can any more: a late owner's "lost" would free it to be dialled twice.
with r as (
    update call_request set attempt = null
     where id = %(request)s and attempt = %(attempt)s
       and (epoch = %(epoch)s and owner = %(owner)s or state in ('done', 'cancelled', 'failed'))
    returning id)
update attempt a set ended_at = clock_timestamp(), outcome = %(outcome)s, raw = %(raw)s
  from r where a.id = %(attempt)s and a.request = r.id and a.ended_at is null;

-- name: tries_by_outcome
-- A try over several trunks came to what the last one said.
select t.outcome, count(*) as tries
  from (select distinct on (a.of_try) a.outcome from attempt a
         where a.request = %(request)s and a.ended_at is not null order by a.of_try, a.made_at desc) t
 group by t.outcome;

-- name: back_in_line
update call_request r
   set state = 'queued', owner = null, lease_until = null, epoch = r.epoch + 1,
       due_at = coalesce(%(due_at)s::timestamptz, r.due_at), last_outcome = coalesce(%(outcome)s, r.last_outcome),
       abandoned = r.abandoned + case when %(at_head)s then 1 else 0 end,
       rank = case when %(at_head)s then %(head)s::smallint else r.rank end
 where r.id = %(request)s and r.epoch = %(epoch)s and r.owner = %(owner)s and r.state = any (%(before)s)
   and r.attempt is null;

-- name: finish
update call_request r
   set state = %(state)s, detail = %(detail)s, last_outcome = coalesce(%(outcome)s, r.last_outcome), epoch = r.epoch + 1
 where r.id = %(request)s and r.epoch = %(epoch)s and r.owner = %(owner)s and r.state = any (%(before)s)
returning r.interaction;

-- name: mark_number
insert into number_mark (number, mark, attempt) values (%(number)s, %(mark)s, %(attempt)s)
on conflict (number) do update set mark = excluded.mark, attempt = excluded.attempt, added_at = now();

-- name: cancel_request
-- Whoever holds it holds it no longer; the attempt that still lives is hung up by who dialled it.
update call_request r set state = 'cancelled', detail = %(detail)s, epoch = r.epoch + 1
 where r.id = %(request)s and r.state = any (%(before)s)
returning r.interaction, r.attempt;

-- name: request_to_change
select r.* from call_request r
 where r.id = %(request)s and r.state = any (%(before)s)
   and r.attempt is null
   for no key update;

-- name: change_request
update call_request r
   set state = 'queued', owner = null, lease_until = null, epoch = r.epoch + 1, number = %(number)s, zone = %(zone)s,
       window_date = %(window_date)s, window_from = %(window_from)s, window_until = %(window_until)s,
       promised_at = %(promised_at)s, promised_until = %(promised_until)s, due_at = %(due_at)s,
       rank = %(rank)s, rank_at = %(rank_at)s
 where r.id = %(request)s;

-- name: keep_place
update call_request set rank = %(rank)s, rank_at = %(rank_at)s
 where id = %(request)s and (rank, rank_at) is distinct from (%(rank)s::smallint, %(rank_at)s::timestamptz);

-- name: order_of
select r.id, r.class, r.requested_at, r.promised_at, r.rank, p.scheme
  from call_request r join call_me_pool p on p.pool = r.pool
 where r.id = %(request)s;

-- name: orders_of_pool
select r.id, r.class, r.requested_at, r.promised_at, r.rank, r.rank_at
  from call_request r where r.pool = %(pool)s and r.state not in ('done', 'cancelled', 'failed');

-- name: scheme
select scheme from call_me_pool where pool = %(pool)s;

-- name: place_in_line
-- How many are ahead, counted up to a limit: further back it says nothing to anybody.
select r.state, r.in_line, r.owner is not null as claimed, case when r.in_line then (
       select count(*) from (
              select 1 from call_request c
               where c.pool = r.pool and c.need = r.need and c.in_line
                 and (c.rank, c.rank_at, c.requested_at, c.id) < (r.rank, r.rank_at, r.requested_at, r.id)
               order by c.rank, c.rank_at, c.requested_at, c.id limit %(most)s) ahead) end as ahead
  from call_request r where r.id = %(request)s;

-- name: put_back
-- Leases that ended while nothing was being dialled: nothing is lost, and the place is kept. Who talked has been served.
update call_request r
   set state = case when r.state = 'talking' then 'done' else 'queued' end,
       owner = null, lease_until = null, epoch = r.epoch + 1
 where r.id = any (array(
       select c.id from call_request c
        where c.lease_until <= now()
          and c.attempt is null
        order by c.lease_until limit %(most)s for update skip locked))
returning r.id, r.interaction, r.pool, r.state;

-- name: left_alone
-- Leases that ended while a call of theirs may live: whoever can ask the switch takes them over.
select id as request, attempt from call_request
 where attempt is not null and lease_until <= now() order by lease_until limit %(most)s;

-- name: to_hang_up
-- Cancelled by the customer while we dialled.
select attempt from call_request where attempt is not null and state in ('done', 'cancelled', 'failed');

-- name: take_over
-- Who hangs in the middle of a step holds the row: they are not waited for, it is tried again.
update call_request r
   set owner = %(owner)s, lease_until = clock_timestamp() + %(lease)s, epoch = r.epoch + 1
 where r.id = any (array(
       select c.id from call_request c
        where c.id = %(request)s and c.owner is not null and c.state not in ('done', 'cancelled', 'failed')
          and (c.lease_until <= now() or c.owner = %(of)s)
          for update skip locked))
returning r.*;

-- name: retry_rules
select outcome, tries, after, next from retry_rule where pool = %(pool)s;

-- name: has_message
select message_for_machine is not null from call_me_pool where pool = %(pool)s;
