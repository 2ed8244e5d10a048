-- name: keep_web_telephone
insert into web_telephone (url, ice, target_lives, longest_call) values (%(url)s, %(ice)s, %(target_lives)s, %(longest_call)s)
on conflict (only_one) do update set url = excluded.url, ice = excluded.ice, target_lives = excluded.target_lives,
       longest_call = excluded.longest_call;

-- name: web_telephone
select url, ice, target_lives, longest_call from web_telephone;

-- name: station_in_browser
update station set browser = %(browser)s where id = %(id)s and browser <> %(browser)s;

-- name: station_of_session
select s.station, t.browser from agent_session s join station t on t.id = s.station
 where s.id = %(session)s and s.logged_out_at is null;

-- name: make_target
-- For a number that is still reserved. What was made before and not dialled is good no more.
insert into web_target (hash, interaction, deadline)
select %(hash)s, r.interaction, least(r.deadline, now() + %(lives)s::interval) from reservation r
 where r.interaction = %(interaction)s and r.state = 'reserved' and r.number is not null and r.deadline > now()
    on conflict (interaction) where used_at is null do update set hash = excluded.hash, deadline = excluded.deadline
returning deadline;

-- name: interaction_state
select state from interaction where id = %(interaction)s;

-- name: use_target
-- Exactly once: the row is locked by whoever is first, and has been used for everybody else. The reservation gets the few
-- seconds that the call takes to reach its number.
with used as (
    update web_target set used_at = now(), call = %(call)s
     where hash = %(hash)s and used_at is null and deadline > now() returning interaction),
held as (
    update reservation r set deadline = greatest(r.deadline, now() + interval '5 s')
      from used where r.interaction = used.interaction and r.state = 'reserved' and r.deadline > now()
    returning r.number, r.interaction)
select held.number, held.interaction, w.longest_call as longest from held, web_telephone w;

-- name: forget_targets
delete from web_target where deadline < now() - interval '1 day';

-- name: holds_interaction
select 1 from reservation where agent = %(agent)s and interaction = %(interaction)s and state <> 'released';

-- name: keep_quality
insert into call_quality (interaction, agent, at, loss, jitter_ms, round_trip_ms)
select %(interaction)s::uuid, %(agent)s::text, s.*
  from jsonb_to_recordset(%(samples)s::jsonb) as s (at timestamptz, loss real, jitter_ms real, round_trip_ms real)
on conflict do nothing;

-- name: station_with_video
update station set video = %(video)s where id = %(id)s and video <> %(video)s;

-- name: pool_video
update pool set video = %(video)s where id = %(pool)s and video <> %(video)s;

-- name: pool_auto_answer
update pool set auto_answer = %(auto_answer)s where id = %(pool)s and auto_answer <> %(auto_answer)s;
