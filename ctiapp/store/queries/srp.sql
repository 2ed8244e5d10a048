-- name: pool
select p.*, s.name as site_name from pool p join site s on s.id = p.site where p.id = %(pool)s and p.site = %(site)s;

-- name: site
select id, name, origins from site where id = %(site)s;

-- name: product_is_known
select exists (select 1 from agent_skill s join agent a on a.id = s.agent and a.active where s.skill = %(product)s);

-- name: all_origins
select distinct unnest(origins) as origin from site order by 1;

-- name: telephone
select telephone_is_up() as up, detail from process where name = 'cti';

-- name: click
select * from click(%(site)s, %(pool)s, %(key)s, %(address)s, %(subject)s, %(name)s, %(phone)s, %(email)s, %(language)s,
                    %(attributes)s, %(visitor)s);

-- name: new_interaction
insert into interaction (site, channel, pool, customer, state, skills, language, product, ring_for, wrap_up_for,
                         longest_wait, idempotency_key, address, dialled, caller)
values (%(site)s, %(channel)s, %(pool)s, %(customer)s, %(state)s, %(skills)s, %(language)s, %(product)s, %(ring_for)s,
        %(wrap_up_for)s, %(longest_wait)s, %(key)s, %(address)s, %(dialled)s, %(caller)s)
returning id;

-- name: new_interaction_with_page
with made as (
    insert into interaction (site, channel, pool, customer, state, skills, language, product, ring_for, wrap_up_for,
                             longest_wait, idempotency_key, address)
    values (%(site)s, %(channel)s, %(pool)s, %(customer)s, %(state)s, %(skills)s, %(language)s, %(product)s,
            %(ring_for)s, %(wrap_up_for)s, %(longest_wait)s, %(key)s, %(address)s)
    returning id),
shown as (
    insert into page (interaction, url, title, taken_at, hidden_fields, viewport, snapshot)
    select id, %(url)s::text, %(title)s::text, %(taken_at)s::timestamptz, %(hidden_fields)s::integer, %(viewport)s::jsonb,
           %(snapshot)s::bytea
      from made where %(url)s is not null)
select id from made;

-- name: keep_page
insert into page (interaction, url, title, taken_at, hidden_fields, viewport, snapshot, take)
values (%(interaction)s, %(url)s, %(title)s, %(taken_at)s, %(hidden_fields)s, %(viewport)s, %(snapshot)s, %(take)s)
on conflict (interaction) do update set url = excluded.url, title = excluded.title, taken_at = excluded.taken_at,
       hidden_fields = excluded.hidden_fields, viewport = excluded.viewport, snapshot = excluded.snapshot,
       take = excluded.take, version = page.version + 1;

-- name: touch_agent_of_interaction
select refresh_agent(agent) from reservation where interaction = %(interaction)s and state <> 'released' and agent is not null;

-- name: status
-- Of many at once: a thousand open pages are told what happened in few round trips.
select i.id as interaction, i.state, i.end_reason, i.connected_at, i.ended_at, i.created_at, i.pool, i.dialled,
       r.number, r.deadline, r.longest_until, r.state as reservation_state, a.first_name,
       extract(epoch from r.deadline - now())::float as seconds_left, now() as server_time,
       coalesce(p.video and (t.id is null or t.browser or t.video), false) as video
  from interaction i
  left join pool p on p.id = i.pool
  left join lateral (select * from reservation r where r.interaction = i.id and r.state <> 'released' and r.role = 'handling'
                      order by r.created_at desc limit 1) r on true
  left join agent a on a.id = coalesce(r.agent, i.agent)
  left join agent_session s on s.agent = a.id and s.logged_out_at is null
  left join station t on t.id = s.station
 where i.id = any (%(interactions)s::text[]::uuid[]);

-- name: keep_alive
update reservation r set deadline = least(greatest(r.deadline, now() + p.hold_for), r.longest_until)
  from interaction i join pool p on p.id = i.pool
 where r.interaction = %(interaction)s and i.id = r.interaction and r.state = 'reserved' and r.deadline > now()
   and r.deadline < least(now() + p.hold_for, r.longest_until) - interval '5 s';

-- name: reserved_of_interaction
select id from reservation
 where interaction = %(interaction)s and state = 'reserved' and role = 'handling' for update;

-- name: customers_by_phone
-- Whom the shop knows; who once typed that number without saying who they are counts only if nobody else has it.
with found as (
    select *, name is not null or external_id is not null as known from customer
     where site = %(site)s and phone = %(phone)s order by updated_at desc limit 50)
select id, name, phone, email, language, attributes from found
 where known or not exists (select 1 from found k where k.known) order by updated_at desc limit 5;
