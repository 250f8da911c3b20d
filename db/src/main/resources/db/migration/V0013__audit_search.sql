-- Searching the audit records: how many there were each hour, finding one by what is rare in it, exports that go on
-- after a restart, and searches that people keep.

-- ---------------------------------------------------------------- who may look over all tenants

-- Of the operator's searches alone; it opens the records and nothing else that tenants own.
create function assay_all_tenants() returns boolean
    language sql stable parallel safe
    return coalesce(current_setting('assay.all_tenants', true), '') = 'on';

-- ---------------------------------------------------------------- records of each hour

-- How many sealed records there are of each kind. Filled in the sealer's own transaction, so that every record is
-- either here or in audit_unsealed, and never in both: a count over both is exact.
create table audit_hours (
    tenant_id       uuid not null,
    hour            timestamptz not null,
    action          text not null,
    result          text not null,
    actor_id        text not null,                      -- '' where there is none
    actor_name      text not null,
    object_type     text not null,
    model           text not null,
    source          text not null,                      -- the address; '' where there is none
    records         bigint not null,
    primary key (tenant_id, hour, action, result, actor_id, actor_name, object_type, model, source)
);
create index audit_hours_hour on audit_hours (hour);

create function audit_count_hours() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public
    as $$ begin
        insert into audit_hours as h (tenant_id, hour, action, result, actor_id, actor_name, object_type, model,
            source, records)
        select e.tenant_id, date_trunc('hour', e.at, 'UTC'), e.action, coalesce(e.outcome->>'result', ''),
            coalesce(e.actor->>'id', ''), coalesce(e.actor->>'name', ''), coalesce(e.object->>'type', ''),
            coalesce(e.object->>'model', ''), coalesce(host(e.source_ip), ''), count(*)
        from sealed s join audit_events e on e.id = s.id and e.at = s.at
        group by 1, 2, 3, 4, 5, 6, 7, 8, 9
        on conflict (tenant_id, hour, action, result, actor_id, actor_name, object_type, model, source)
            do update set records = h.records + excluded.records;
        return null;
    end $$;

create trigger audit_chain_counted after insert on audit_chain
    referencing new table as sealed for each statement execute function audit_count_hours();

create function audit_forget_hours() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public
    as $$ begin
        delete from audit_hours
        where hour >= new.day::timestamp at time zone 'UTC' and hour < (new.day + 1)::timestamp at time zone 'UTC';
        return null;
    end $$;

create trigger audit_days_forgotten after update of dropped_at on audit_days
    for each row when (old.dropped_at is null and new.dropped_at is not null) execute function audit_forget_hours();

-- What was sealed before this table was.
insert into audit_hours
select e.tenant_id, date_trunc('hour', e.at, 'UTC'), e.action, coalesce(e.outcome->>'result', ''),
    coalesce(e.actor->>'id', ''), coalesce(e.actor->>'name', ''), coalesce(e.object->>'type', ''),
    coalesce(e.object->>'model', ''), coalesce(host(e.source_ip), ''), count(*)
from audit_chain c join audit_events e on e.id = c.id and e.at = c.at
group by 1, 2, 3, 4, 5, 6, 7, 8, 9;

-- ---------------------------------------------------------------- found by what is rare

create index audit_events_request on audit_events using hash ((correlation->>'request'));
create index audit_events_object on audit_events using hash ((object->>'id'));

-- Row-level policies keep those indices from being used where they stand, as the operators could tell what they
-- read. So the owner looks, for the tenant that the caller is bound to, and answers places alone; what is there the
-- caller then reads under his own policies. A place after the last one of before is an earlier one, or one of the
-- same time with a greater id.
create function audit_places(a_request text, an_object text, since timestamptz, until timestamptz, most integer)
    returns table (id uuid, at timestamptz)
    language plpgsql stable security definer set search_path = pg_catalog, public
    as $$
declare
    tenant uuid := case when assay_platform() then '00000000-0000-0000-0000-000000000000' else assay_tenant() end;
    whole boolean := assay_all_tenants();
begin
    if a_request is not null then
        return query select e.id, e.at from audit_events e
            where e.correlation->>'request' = a_request and (whole or e.tenant_id = tenant)
                and e.at >= since and e.at < until order by e.at desc, e.id limit most;
    else
        return query select e.id, e.at from audit_events e
            where e.object->>'id' = an_object and (whole or e.tenant_id = tenant)
                and e.at >= since and e.at < until order by e.at desc, e.id limit most;
    end if;
end $$;

-- ---------------------------------------------------------------- exports and kept searches

-- Not called audit_*: they go when their tenant goes.
create table trail_exports (
    id              uuid primary key,
    tenant_id       uuid not null references tenants (id),
    owner           text not null,                      -- the actor's id
    owner_name      text not null,
    format          text not null check (format in ('ndjson', 'csv')),
    scope           text not null,                      -- a tenant's id, or 'all'
    query           text not null,                      -- as in a deep link
    until           timestamptz not null,               -- nothing later is in it, however long it takes
    state           text not null check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
    gateway         text,                               -- which has the file
    lease_until     timestamptz,
    records         bigint not null default 0,
    expected        bigint,                             -- as counted when it began
    bytes           bigint not null default 0,          -- of the file that are good
    cursor          text,                               -- what is older than this is still to come
    sha256          text,
    reason          text,
    created_at      timestamptz not null default now(),
    finished_at     timestamptz,
    expires_at      timestamptz not null
);
create index trail_exports_tenant on trail_exports (tenant_id, created_at desc);
create index trail_exports_open on trail_exports (created_at) where state in ('waiting', 'running');

create table trail_searches (
    id              uuid primary key,
    tenant_id       uuid not null references tenants (id),
    owner           text not null,
    name            text not null check (length(name) between 1 and 100),
    query           text not null check (length(query) <= 4000),
    version         bigint not null default 1,
    created_at      timestamptz not null default now()
);
create unique index trail_searches_name on trail_searches (tenant_id, owner, lower(name));

-- ---------------------------------------------------------------- isolation and least privilege

do $$
declare
    t text;
begin
    foreach t in array array['audit_hours', 'trail_exports', 'trail_searches'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant_isolation on %I using (tenant_id = assay_tenant()) '
                       'with check (tenant_id = assay_tenant())', t);
        execute format('create policy owner_all on %I to current_user using (true) with check (true)', t);
    end loop;
    foreach t in array array['audit_events', 'audit_chain', 'audit_hours'] loop
        execute format('create policy operator_searches on %I for select to assay_web using (assay_all_tenants())', t);
    end loop;
end $$;
create policy platform_itself on audit_hours
    using (tenant_id = '00000000-0000-0000-0000-000000000000' and assay_platform());
-- A gateway works off the exports of all tenants.
create policy gateway_works on trail_exports to assay_web using (assay_platform()) with check (assay_platform());

revoke all on function assay_all_tenants(), audit_count_hours(), audit_forget_hours(),
    audit_places(text, text, timestamptz, timestamptz, integer) from public;
grant execute on function assay_all_tenants(),
    audit_places(text, text, timestamptz, timestamptz, integer) to assay_web;
grant select on audit_hours to assay_web;
grant select, insert, update, delete on trail_exports, trail_searches to assay_web;
