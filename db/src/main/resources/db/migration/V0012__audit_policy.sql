-- Audit: what each tenant keeps, the content where it wants it, and the journal's way in.

-- ---------------------------------------------------------------- policy

-- No row: 180 days, digests alone.
create table audit_policies (
    tenant_id       uuid primary key references tenants,
    retention_days  integer not null default 180 check (retention_days between 180 and 36500),
    content         text not null default 'digest' check (content in ('digest', 'encrypted')),
    version         bigint not null default 1
);

-- A tenant's key for its content, sealed under a key that no database holds. The name does not begin with "audit", so
-- that the purge of the tenant takes it: what it sealed can then be read by nobody, wherever copies of it lie.
create table content_keys (
    tenant_id       uuid primary key references tenants,
    sealed          bytea not null,
    created_at      timestamptz not null default now()
);

-- Prompts and answers, sealed; the record of the same id has their digests.
create table audit_contents (
    id              uuid not null,
    at              timestamptz not null,
    tenant_id       uuid not null,
    sealed          bytea not null,
    primary key (id, at)
) partition by range (at);

create trigger audit_contents_kept before update or delete on audit_contents
    for each row execute function audit_refuse();

-- ---------------------------------------------------------------- isolation

do $$
declare
    t text;
begin
    foreach t in array array['audit_policies', 'audit_contents', 'content_keys'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant_isolation on %I using (tenant_id = assay_tenant()) '
                       'with check (tenant_id = assay_tenant())', t);
        execute format('create policy owner_all on %I to current_user using (true) with check (true)', t);
    end loop;
end $$;

-- The journal moves the records of all tenants in one statement; it may add and not read.
create policy journal_adds on audit_events for insert to assay_web with check (assay_platform());
create policy journal_adds on audit_contents for insert to assay_web with check (assay_platform());
create policy audit_pipeline on audit_policies for select to assay_audit using (true);

-- ---------------------------------------------------------------- the queue, once for a statement

-- Once for each statement and not for each row: the journal brings thousands in one.
drop trigger audit_events_queued on audit_events;
create or replace function audit_queue() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public
    as $$ begin
        insert into audit_unsealed (id, at) select id, at from fresh on conflict do nothing;
        return null;
    end $$;
create trigger audit_events_queued after insert on audit_events
    referencing new table as fresh for each statement execute function audit_queue();

-- ---------------------------------------------------------------- partitions

-- As before, of contents too.
create or replace function audit_make_day(day date) returns boolean
    language plpgsql security definer set search_path = pg_catalog, public
    as $$
declare
    parent text;
    part text;
    made boolean := false;
begin
    foreach parent in array array['audit_events', 'audit_chain', 'audit_contents'] loop
        part := parent || '_' || to_char(day, 'YYYYMMDD');
        continue when to_regclass('public.' || part) is not null;
        perform pg_advisory_xact_lock(hashtext('audit_make_day'));
        continue when to_regclass('public.' || part) is not null;
        execute format('create table public.%I (like public.%I including defaults including constraints)', part, parent);
        execute format('alter table public.%I enable row level security', part);
        execute format('alter table public.%I force row level security', part);
        execute format('create policy tenant_isolation on public.%I using (tenant_id = assay_tenant()) '
                       'with check (tenant_id = assay_tenant())', part);
        execute format('create policy owner_all on public.%I to current_user using (true) with check (true)', part);
        execute format('create trigger %I before truncate on public.%I for each statement '
                       'execute function audit_refuse()', part || '_whole', part);
        execute format('alter table public.%I attach partition public.%I for values from (%L) to (%L)', parent, part,
                       day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
        made := true;
    end loop;
    insert into audit_days (day) values (audit_make_day.day) on conflict do nothing;
    return made;
end $$;

select audit_make_day(day) from audit_days where dropped_at is null;

-- ---------------------------------------------------------------- refused keys

-- Whose key it is, in whatever state: for the record of its refusal, and for nothing else.
create function find_any_api_key(hash bytea)
    returns table (id uuid, tenant_id uuid, name text)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select k.id, k.tenant_id, k.name from api_keys k where k.key_hash = hash;
    end;

-- ---------------------------------------------------------------- least privilege

revoke all on function find_any_api_key(bytea) from public;
grant execute on function find_any_api_key(bytea) to assay_web;
grant select, insert, update on audit_policies to assay_web;
grant select, insert, delete on content_keys to assay_web;
grant select, insert on audit_contents to assay_web;
grant select on audit_policies to assay_audit;
