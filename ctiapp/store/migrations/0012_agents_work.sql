-- What an agent's work needs: callbacks of their own, the outcome that may be left out, the lists they choose from.

-- Whether wrap-up ends only with an outcome.
alter table pool add disposition_required boolean not null default true;

-- What agents choose from, as the administrator lists it; without a row of a kind there are the usual ones.
create table choice (
    kind  text not null check (kind in ('pause', 'disposition')),
    id    text not null,
    name  text not null,
    place smallint not null,
    primary key (kind, id)
);

-- A callback that an agent promised. For `only_agent` alone from the time it is due, `only_for` so long; then for anybody
-- with the skill.
alter table call_request add only_agent text references agent;
alter table call_request add only_for interval;
alter table call_request add made_by text references agent;
alter table call_request add made_in uuid references interaction;
create index call_request_personal on call_request (only_agent, due_at)
    where only_agent is not null and state not in ('done', 'cancelled', 'failed');
create index call_request_made_in on call_request (made_in) where made_in is not null;

-- Whom we talk to may be promised the next call: who talks has been served and never waits again.
drop index call_request_open;
create unique index call_request_open on call_request (site, number)
    where state not in ('talking', 'done', 'cancelled', 'failed');

-- As before; and who waits for one agent waits in a line of their own: '[["kitchens"], "en", "1042"]'.
create or replace function keep_in_line() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        new.rank := coalesce(new.rank, new.class);
        new.rank_at := coalesce(new.rank_at, new.requested_at);
    end if;
    if tg_op = 'INSERT' or old.only_agent is distinct from new.only_agent then
        select case when new.only_agent is null then jsonb_build_array(i.skills, i.language)
                    else jsonb_build_array(i.skills, i.language, new.only_agent) end::text
          into new.need from interaction i where i.id = new.interaction;
    end if;
    if new.state in ('done', 'cancelled', 'failed') then
        new.owner := null;
        new.lease_until := null;
        new.ended_at := coalesce(new.ended_at, clock_timestamp());
    end if;
    new.in_line := new.state = 'queued' and new.owner is null and new.attempt is null
                   and new.due_at <= clock_timestamp();
    return new;
end $$;

-- As before; and the agent whose callback it is sees it in their list.
create or replace function on_call_request() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' or old.state <> new.state or old.due_at <> new.due_at or old.in_line < new.in_line then
        perform pg_notify('ctiapp', 'request:' || new.pool);
    end if;
    if tg_op = 'INSERT' or old.state <> new.state or old.due_at <> new.due_at then
        perform pg_notify('ctiapp', 'interaction:' || new.interaction);
    end if;
    if tg_op = 'UPDATE' and old.state <> new.state then
        perform pg_notify('ctiapp', 'agent:' || r.agent) from reservation r
          where r.interaction = new.interaction and r.state <> 'released' and r.agent is not null;
    end if;
    if tg_op = 'INSERT' or (old.state, old.due_at, old.only_agent) is distinct from (new.state, new.due_at, new.only_agent)
    then
        perform pg_notify('ctiapp', 'agent:' || who)
           from (select new.only_agent union select new.made_by
                 union select old.only_agent) as theirs(who) where who is not null;
    end if;
    return null;
end $$;
