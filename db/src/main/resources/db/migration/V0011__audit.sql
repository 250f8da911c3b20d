-- Audit: records by UTC day, a chain over them, and queues that lead to the chain and to Elasticsearch.
--
-- A record is inserted once, in the transaction of what it records, and never changed. Its insertion puts it into
-- audit_unsealed; the sealer gives it the next place in its tenant's chain and puts it into audit_unshipped; the
-- shipper sends it and takes it out. Nothing leaves a queue but by what comes after it.

-- ---------------------------------------------------------------- records, by day

alter table audit_events rename to audit_events_before;
alter table audit_events_before rename constraint audit_events_pkey to audit_events_before_pkey;
alter index audit_events_tenant_at rename to audit_events_before_tenant_at;

-- Of no tenant of the table tenants: a record outlives its tenant, and the platform's own have the nil UUID.
create table audit_events (
    id              uuid not null,
    at              timestamptz not null,               -- 1  start of the action; its UTC day is the partition
    tenant_id       uuid not null,                      -- 2  the nil UUID: the platform itself
    actor           jsonb not null,                     -- 3  {kind, id, name, role}
    source_ip       inet,                               -- 4
    user_agent      text,                               -- 5
    action          text not null,                      -- 6  "inference.generate"
    object          jsonb not null,                     -- 7  {type, id, model, version}
    request         jsonb not null,                     -- 8  {method, path}
    outcome         jsonb not null,                     -- 9  {result, status, reason}
    duration_nanos  bigint not null,                    -- 10
    correlation     jsonb not null,                     -- 11 {request, trace}
    details         jsonb not null,                     -- 12 {prompt_tokens, completion_tokens, prompt_sha256, ...}
    primary key (id, at)
) partition by range (at);
create index audit_events_tenant_at on audit_events (tenant_id, at desc, id);

-- The chain. Rows of one tenant have the sequences 1, 2, 3, ... in the order in which they were sealed; hash is
-- SHA-256 over the hash before, the sequence and content_hash, which is SHA-256 over the record's canonical form.
create table audit_chain (
    tenant_id       uuid not null,
    sequence        bigint not null check (sequence > 0),
    id              uuid not null,
    at              timestamptz not null,
    content_hash    bytea not null check (length(content_hash) = 32),
    hash            bytea not null check (length(hash) = 32),
    sealed_at       timestamptz not null,
    primary key (tenant_id, sequence, at)
) partition by range (at);
create unique index audit_chain_id on audit_chain (id, at);

create table audit_heads (
    tenant_id       uuid primary key,
    sequence        bigint not null,
    hash            bytea not null check (length(hash) = 32)
);

-- ---------------------------------------------------------------- queues

create table audit_unsealed (
    id              uuid not null,
    at              timestamptz not null,
    primary key (id, at)
);

create table audit_unshipped (
    tenant_id       uuid not null,
    sequence        bigint not null,
    id              uuid not null,
    at              timestamptz not null,
    attempts        integer not null default 0,
    next_at         timestamptz not null,
    primary key (id, at)
);
create index audit_unshipped_next on audit_unshipped (next_at, at);

-- What Elasticsearch refuses for good, until somebody has looked and sent it again.
create table audit_dead_letters (
    id              uuid not null,
    at              timestamptz not null,
    tenant_id       uuid not null,
    sequence        bigint not null,
    reason          text not null,
    since           timestamptz not null,
    primary key (id, at)
);

-- ---------------------------------------------------------------- days

-- What became of a day: sealed in Elasticsearch, counted in both stores, dropped.
create table audit_days (
    day             date primary key,
    confirmed_at    timestamptz,
    records         bigint,
    copies          bigint,
    dropped_at      timestamptz
);

-- A signed Merkle root over the day's chain rows; a later revision covers records that came late.
create table audit_day_seals (
    day             date not null,
    revision        integer not null check (revision > 0),
    records         bigint not null,
    root            bytea not null check (length(root) = 32),
    previous        bytea not null,                     -- SHA-256 of the seal before, of whichever day; empty for the first
    signed_at       timestamptz not null,
    key_id          text not null,                      -- SHA-256 of the public key, hexadecimal
    signature       bytea not null,                     -- ECDSA P-256 over all that stands above
    primary key (day, revision)
);

-- ---------------------------------------------------------------- nobody changes what was written

create function audit_refuse() returns trigger
    language plpgsql set search_path = pg_catalog, public
    as $$ begin raise exception 'audit records are never changed'; end $$;

create function audit_queue() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public
    as $$ begin
        insert into audit_unsealed (id, at) values (new.id, new.at) on conflict do nothing;
        return null;
    end $$;

create trigger audit_events_kept before update or delete on audit_events
    for each row execute function audit_refuse();
create trigger audit_chain_kept before update or delete on audit_chain
    for each row execute function audit_refuse();
create trigger audit_day_seals_kept before update or delete on audit_day_seals
    for each row execute function audit_refuse();
create trigger audit_events_queued after insert on audit_events
    for each row execute function audit_queue();

-- ---------------------------------------------------------------- isolation

do $$
declare
    t text;
begin
    foreach t in array array['audit_events', 'audit_chain', 'audit_heads', 'audit_unshipped', 'audit_dead_letters'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant_isolation on %I using (tenant_id = assay_tenant()) '
                       'with check (tenant_id = assay_tenant())', t);
        execute format('create policy platform_itself on %I '
                       'using (tenant_id = ''00000000-0000-0000-0000-000000000000'' and assay_platform()) '
                       'with check (tenant_id = ''00000000-0000-0000-0000-000000000000'' and assay_platform())', t);
        execute format('create policy audit_pipeline on %I to assay_audit using (true) with check (true)', t);
        execute format('create policy owner_all on %I to current_user using (true) with check (true)', t);
    end loop;
end $$;

-- The scheduler writes what happens to nodes, deployments and jobs; it reads nothing.
create policy scheduler_writes on audit_events for insert to assay_scheduler with check (true);

-- ---------------------------------------------------------------- partitions

-- Makes the partitions of a UTC day where there are none. A partition is filled by its parent alone: nobody is
-- granted anything on it, and its policy holds if somebody ever is.
create function audit_make_day(day date) returns boolean
    language plpgsql security definer set search_path = pg_catalog, public
    as $$
declare
    parent text;
    part text;
    made boolean := false;
begin
    foreach parent in array array['audit_events', 'audit_chain'] loop
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

-- ---------------------------------------------------------------- what there is already

alter table audit_events_before no force row level security;
alter table audit_events_before disable row level security;

select audit_make_day(d::date)
from (select distinct (at at time zone 'UTC')::date as d from audit_events_before
      union select (now() at time zone 'UTC')::date + n from generate_series(0, 2) n) days;

insert into audit_events (id, at, tenant_id, actor, source_ip, user_agent, action, object, request, outcome,
    duration_nanos, correlation, details)
select id, at, tenant_id, actor, source_ip, user_agent, action, object, request, outcome,
    duration_nanos, correlation, details
from audit_events_before;

drop table audit_events_before;

-- ---------------------------------------------------------------- least privilege

revoke all on function audit_make_day(date), audit_refuse(), audit_queue() from public;
grant execute on function audit_make_day(date) to assay_web, assay_scheduler, assay_audit;
grant execute on function assay_tenant(), assay_platform() to assay_audit;
grant usage on schema public to assay_audit;

grant select, insert on audit_events to assay_web;
grant select on audit_chain, audit_heads, audit_unshipped, audit_unsealed, audit_dead_letters, audit_days,
    audit_day_seals to assay_web;
grant insert on audit_events to assay_scheduler;

grant select on audit_events, tenants to assay_audit;
grant select, insert on audit_chain, audit_day_seals to assay_audit;
grant select, insert, update on audit_heads, audit_days to assay_audit;
grant select, insert, update, delete on audit_unsealed, audit_unshipped, audit_dead_letters to assay_audit;
