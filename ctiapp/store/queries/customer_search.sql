-- name: shops_of_agent
-- Those whose calls may come to the agent.
select coalesce(array_agg(distinct p.site), '{}')
  from (select site, skill from pool union all select site, skill from plain_number) p
  join agent_skill k on k.skill = p.skill
 where k.agent = %(agent)s;

-- name: find_customers
-- Each way of looking goes along its own index and brings no more than `most`; a text that is null brings nothing.
with found as (
    (select id from customer
      where to_tsvector('simple', name) @@ to_tsquery('simple', %(words)s) and site = any (%(shops)s) limit %(most)s)
    union
    (select id from customer
      where lower(email) collate "C" between %(begin)s and %(begin)s || chr(1114111) and site = any (%(shops)s)
      limit %(most)s)
    union
    (select id from customer
      where lower(external_id) collate "C" between %(begin)s and %(begin)s || chr(1114111) and site = any (%(shops)s)
      limit %(most)s)
    union
    (select id from customer
      where phone collate "C" between %(number)s and %(number)s || chr(1114111) and site = any (%(shops)s)
      limit %(most)s))
select c.id, c.external_id, c.name, c.phone, c.email
  from customer c join found f on f.id = c.id
 order by c.name is null, lower(c.name), c.id limit %(most)s;

-- name: customer_of_shops
select id, external_id, name, phone, email, language, attributes, notes, created_at as since
  from customer where id = %(customer)s and site = any (%(shops)s);

-- name: callback_to_customer
-- The one that waits for this agent.
select r.interaction, r.number, r.state, r.due_at, r.promised_at, r.promised_until, r.zone, r.tries, r.last_outcome,
       r.only_agent, c.name
  from call_request r join customer c on c.id = r.customer
 where r.customer = %(customer)s and r.only_agent = %(agent)s and r.state not in ('done', 'cancelled', 'failed')
 order by r.due_at limit 1;
