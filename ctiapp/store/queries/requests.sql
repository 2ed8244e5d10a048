-- name: call_me_pool
-- What a customer may ask of the pool.
select p.id, p.site, p.skill, p.language, p.hours, p.ring_for, p.wrap_up_for, p.longest_wait, c.scheme, c.countries,
       c.number_types, c.legal_hours, c.per_number_day, c.per_customer_day, c.per_address_day, c.offer_windows_over,
       c.window_capacity, c.proof, c.consent_text
  from call_me_pool c join pool p on p.id = c.pool where c.pool = %(pool)s and p.site = %(site)s;

-- name: lock_names
-- One transaction at a time works for any of these; everybody takes them in the same order.
select pg_advisory_xact_lock(hashtextextended(name, 0)) from (select unnest(%(names)s::text[]) as name order by 1) n;

-- name: request_of_click
select interaction from call_request where interaction =
       (select id from interaction where site = %(site)s and idempotency_key = %(key)s);

-- name: open_request
-- Whose it is, too: a stranger who types the same number may see it, but not change it.
select r.interaction, r.visitor, r.address, c.external_id
  from call_request r left join customer c on c.id = r.customer
 where r.site = %(site)s and r.number = %(number)s and r.state not in ('done', 'cancelled', 'failed');

-- name: customer_signed
select customer_of(%(site)s, %(subject)s, %(name)s, %(phone)s, %(email)s, %(language)s, %(attributes)s, null);

-- name: customer_with_phone
select id, phone from customer where id = %(customer)s;

-- name: customer_remembered
select c.id, c.phone from visitor v join customer c on c.id = v.customer
 where v.site = %(site)s and v.id = %(visitor)s;

-- name: customer_listed
-- By name and address as the shop has them; more than one is nobody.
select id, phone from customer
 where site = %(site)s and lower(name) = lower(%(name)s) and phone is not null
   and regexp_replace(lower(attributes->>'address'), '[^[:alnum:]]+', '', 'g')
       = regexp_replace(lower(%(address)s), '[^[:alnum:]]+', '', 'g')
 limit 2;

-- name: customer_unknown
insert into customer (site, language, phone) values (%(site)s, %(language)s, %(phone)s) returning id, phone;

-- name: remember_number
-- With the first-party cookie; what the shop says of its customers is not overwritten by what somebody typed.
with known as (
    insert into visitor (site, id, customer) values (%(site)s, %(visitor)s, %(customer)s)
    on conflict (site, id) do update set seen_at = now()
    returning customer)
update customer c set phone = %(number)s
  from known where c.id = known.customer and c.external_id is null and c.phone is distinct from %(number)s;

-- name: barred
-- Why a number is not called: "do_not_call", or what a call told of it ("fax", "modem", "wrong_number").
select 'do_not_call' as why from do_not_call where number = %(number)s
union all select mark from number_mark where number = %(number)s limit 1;

-- name: asked_today
select (select count(distinct request) from (
            select id as request from call_request
             where number = %(number)s and requested_at > now() - interval '1 day'
            union all
            select request from attempt where number = %(number)s and made_at > now() - interval '1 day') n
         where request is distinct from %(but)s::uuid) as number,
       (select count(*) from call_request
         where customer = %(customer)s and requested_at > now() - interval '1 day'
           and id is distinct from %(but)s::uuid) as customer,
       (select count(*) from call_request
         where address = %(address)s and requested_at > now() - interval '1 day'
           and id is distinct from %(but)s::uuid) as address;

-- name: promised_windows
select promised_at, promised_until from call_request
 where pool = %(pool)s and promised_until is not null and state not in ('done', 'cancelled', 'failed')
   and promised_until > %(first)s and promised_at < %(last)s and id is distinct from %(but)s::uuid;

-- name: new_asking
with made as (
    insert into interaction (site, channel, pool, customer, state, skills, language, product, ring_for, wrap_up_for,
                             longest_wait, idempotency_key, address, caller)
    values (%(site)s, 'call_me', %(pool)s, %(customer)s, 'queued', %(skills)s, %(language)s, %(product)s, %(ring_for)s,
            %(wrap_up_for)s, %(longest_wait)s, %(key)s, %(address)s, %(number)s)
    returning id),
shown as (
    insert into page (interaction, url, title, taken_at, hidden_fields, viewport, snapshot)
    select id, %(url)s::text, %(title)s::text, %(taken_at)s::timestamptz, %(hidden_fields)s::integer, %(viewport)s::jsonb,
           %(snapshot)s::bytea
      from made where %(url)s is not null)
select id from made;

-- name: new_request
insert into call_request (interaction, site, pool, customer, number, zone, window_date, window_from, window_until,
                          promised_at, promised_until, due_at, consent, address, visitor)
values (%(interaction)s, %(site)s, %(pool)s, %(customer)s, %(number)s, %(zone)s, %(window_date)s, %(window_from)s,
        %(window_until)s, %(promised_at)s, %(promised_until)s, %(due_at)s, %(consent)s, %(address)s, %(visitor)s)
returning id;

-- name: keep_estimate
update call_request set estimate_seconds = %(seconds)s, estimate_made_at = now() where id = %(request)s;

-- name: request_of_interaction
select r.id, r.interaction, r.site, r.pool, r.customer, r.number, r.zone, r.state, r.window_date, r.window_from,
       r.window_until, r.address, i.skills, i.language
  from call_request r join interaction i on i.id = r.interaction where r.interaction = %(interaction)s;

-- name: another_number
update interaction set caller = %(number)s where id = %(interaction)s;

-- name: request_status
select r.id, r.interaction, r.pool, r.state, r.number, r.zone, r.window_date, r.window_from, r.window_until,
       r.requested_at, r.promised_at, r.promised_until, r.due_at, r.tries, r.last_outcome, r.detail, i.skills, i.language,
       a.first_name, (select max(t.made_at) from attempt t where t.request = r.id) as last_try_at, now() as server_time
  from call_request r
  join interaction i on i.id = r.interaction
  left join lateral (select v.agent from reservation v where v.interaction = i.id and v.state <> 'released'
                      order by v.created_at desc limit 1) v on true
  left join agent a on a.id = coalesce(v.agent, i.agent)
 where r.interaction = %(interaction)s;

-- name: code_sent
select code, sent_at, sent, wrong, sent_at > now() - interval '10 minutes' as holds,
       sent_at > now() - interval '1 hour' as recent
  from proof_code where number = %(number)s for update;

-- name: keep_code
insert into proof_code (number, code) values (%(number)s, %(code)s)
on conflict (number) do update set code = excluded.code, sent_at = now(), wrong = 0,
       sent = case when proof_code.sent_at > now() - interval '1 hour' then proof_code.sent + 1 else 1 end;

-- name: wrong_code
update proof_code set wrong = wrong + 1 where number = %(number)s;

-- name: forget_codes
delete from proof_code where sent_at < now() - interval '1 day';

-- name: keep_call_me_pool
insert into call_me_pool (pool, agent_chosen, preview_for, scheme, trunks, caller_id, ring_for, longest_call, pacing,
                          most_abandoned, countries, number_types, legal_hours, per_number_day, per_customer_day,
                          per_address_day, offer_windows_over, window_capacity, proof, message_for_machine, consent_text)
values (%(pool)s, %(agent_chosen)s, %(preview_for)s, %(scheme)s, %(trunks)s, %(caller_id)s, %(ring_for)s,
        %(longest_call)s, %(pacing)s, %(most_abandoned)s, %(countries)s, %(number_types)s, %(legal_hours)s,
        %(per_number_day)s, %(per_customer_day)s, %(per_address_day)s, %(offer_windows_over)s, %(window_capacity)s,
        %(proof)s, %(message_for_machine)s, %(consent_text)s)
on conflict (pool) do update set agent_chosen = excluded.agent_chosen, preview_for = excluded.preview_for,
       scheme = excluded.scheme, trunks = excluded.trunks, caller_id = excluded.caller_id, ring_for = excluded.ring_for,
       longest_call = excluded.longest_call, pacing = excluded.pacing, most_abandoned = excluded.most_abandoned,
       countries = excluded.countries, number_types = excluded.number_types, legal_hours = excluded.legal_hours,
       per_number_day = excluded.per_number_day, per_customer_day = excluded.per_customer_day,
       per_address_day = excluded.per_address_day, offer_windows_over = excluded.offer_windows_over,
       window_capacity = excluded.window_capacity, proof = excluded.proof,
       message_for_machine = excluded.message_for_machine, consent_text = excluded.consent_text;

-- name: pools_with_a_proof
select pool, proof from call_me_pool where proof <> 'none' order by pool;

-- name: drop_other_call_me_pools
-- Their requests stay in the list; nobody is asked for new ones.
delete from call_me_pool where pool <> all (%(pools)s);

-- name: drop_retry_rules
delete from retry_rule where pool = %(pool)s;

-- name: keep_retry_rule
insert into retry_rule values (%(pool)s, %(outcome)s, %(tries)s, %(after)s, %(then)s);

-- name: do_not_call
insert into do_not_call (number, reason, source) values (%(number)s, %(reason)s, %(source)s)
on conflict (number) do update set reason = excluded.reason, source = excluded.source;

-- name: may_call_again
delete from do_not_call where number = %(number)s;

-- name: not_called
select number, reason, source, added_at from do_not_call order by number;

-- name: last_rung
select max(made_at) from attempt where number = %(number)s;
