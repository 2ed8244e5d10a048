-- name: held_for_callback
select r.id, r.interaction, r.state, i.site, i.pool, i.customer, i.skills, i.language, i.product
  from reservation r join interaction i on i.id = r.interaction
 where r.id = %(reservation)s and r.agent = %(agent)s and r.state <> 'released' for update of r;

-- name: pool_for_callback
select p.id, p.site, p.skill, p.language, p.hours, p.ring_for, p.wrap_up_for, p.longest_wait, c.countries, c.number_types,
       c.legal_hours, c.window_capacity
  from call_me_pool c join pool p on p.id = c.pool
 where p.site = %(site)s
 order by p.id is not distinct from %(pool)s desc, p.skill = any (%(skills)s) desc, p.id limit 1;

-- name: waiting_request
-- Whom we talk to at this moment has been served.
select id from call_request
 where site = %(site)s and number = %(number)s and state not in ('talking', 'done', 'cancelled', 'failed');

-- name: callback_is_made
update call_request set made_by = %(made_by)s, made_in = %(made_in)s, only_agent = %(only_agent)s, only_for = %(only_for)s
 where id = %(request)s;

-- name: callback_of
select id, site, pool, number, zone, state from call_request
 where interaction = %(interaction)s and %(agent)s in (only_agent, made_by) for no key update;

-- name: callbacks_of_agent
select r.interaction, r.number, r.state, r.due_at, r.promised_at, r.promised_until, r.zone, r.tries, r.last_outcome,
       r.only_agent, c.name
  from call_request r left join customer c on c.id = r.customer
 where r.only_agent = %(agent)s and r.state not in ('done', 'cancelled', 'failed')
 order by r.due_at limit 20;

-- name: callback_made_in
select r.interaction, r.number, r.state, r.due_at, r.promised_at, r.promised_until, r.zone, r.tries, r.last_outcome,
       r.only_agent, c.name
  from call_request r left join customer c on c.id = r.customer
 where r.made_in = %(interaction)s and r.state not in ('done', 'cancelled', 'failed') limit 1;

-- name: due_now
update call_request set due_at = clock_timestamp(), rank = %(head)s
 where id = %(request)s and only_agent = %(agent)s and state = 'queued' and owner is null;

-- name: hand_to_the_team
-- Its agent looked at it and said no.
update call_request set only_agent = null where interaction = %(interaction)s and only_agent = %(agent)s;

-- name: ask_to_hang_up
-- Only the CTI server can; no table has it: a wish that comes late would end another call.
select pg_notify('ctiapp', 'hang_up:' || %(call)s);

-- name: interaction_of_agent
-- Not of who was sent the customer without the record.
select r.id, i.site, i.customer, i.caller
  from reservation r join interaction i on i.id = r.interaction
 where r.agent = %(agent)s and r.interaction = %(interaction)s and r.state <> 'released' and r.with_page
   for update of r;

-- name: customer_of_call
insert into customer (site, phone) values (%(site)s, %(phone)s) returning id;

-- name: change_customer
-- What is not said stays.
update customer c
   set name = case when s.said ? 'name' then s.said->>'name' else c.name end,
       phone = case when s.said ? 'phone' then s.said->>'phone' else c.phone end,
       email = case when s.said ? 'email' then s.said->>'email' else c.email end,
       language = case when s.said ? 'language' then s.said->>'language' else c.language end,
       attributes = coalesce(s.said->'attributes', c.attributes),
       notes = coalesce(s.said->>'notes', c.notes)
  from (select %(changes)s::jsonb as said) s
 where c.id = %(customer)s;

-- name: refresh_holders
-- Whoever has the customer sees the record; agents in their order, as everybody who changes several does.
select refresh_agent(held.agent)
  from (select r.agent from reservation r
         where r.interaction = %(interaction)s and r.state <> 'released' and r.agent is not null
         order by r.agent) held;

-- name: tie_customer
update interaction set customer = %(customer)s where id = %(interaction)s;

-- name: drop_choices
delete from choice;

-- name: keep_choice
insert into choice (kind, id, name, place) values (%(kind)s, %(id)s, %(name)s, %(place)s);

-- name: require_disposition
update pool set disposition_required = %(required)s where id = %(pool)s and disposition_required <> %(required)s;
