-- The first slice: who there is, what may run, where it runs, what was verified, what was done.
--
-- Three roles, made before this runs (assay.db.DatabaseRoles): the owner, who migrates and whom no server is;
-- assay_web and assay_scheduler, who log in, own nothing, and are bound by the policies below.
-- Tenant-owned tables are those with tenant_id. Their policy reads assay.tenant, which a server sets for each
-- transaction; unset, it is null and no row is seen.

create function assay_tenant() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('assay.tenant', true), '')::uuid;

-- ---------------------------------------------------------------- tenants and people (assay_web)

create table tenants (
    id          uuid primary key,
    slug        text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name        text not null check (length(name) between 1 and 200),
    state       text not null default 'active' check (state in ('active', 'suspended')),
    guests      boolean not null default false,        -- anonymous verification is allowed
    created_at  timestamptz not null default now()
);

create table users (
    id                   uuid primary key,
    username             text not null check (length(username) between 1 and 100),
    display_name         text not null,
    password_hash        text not null,                 -- Argon2id, encoded with its parameters
    must_change_password boolean not null default false,
    disabled_at          timestamptz,
    created_at           timestamptz not null default now()
);
create unique index users_username on users (lower(username));

create table memberships (
    tenant_id  uuid not null references tenants,
    user_id    uuid not null references users,
    role       text not null check (role in ('admin', 'developer', 'guest')),
    created_at timestamptz not null default now(),
    primary key (tenant_id, user_id)
);

create table api_keys (
    id           uuid primary key,
    tenant_id    uuid not null references tenants,
    name         text not null,
    prefix       text not null,                         -- what people recognise it by: ask_ and six characters
    key_hash     bytea not null unique,                 -- HMAC-SHA-256 under the server's pepper
    scopes       text[] not null,
    created_by   uuid references users,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz
);
create index api_keys_tenant on api_keys (tenant_id);

-- ---------------------------------------------------------------- models (written by assay_web, read by both)

create table models (
    id         uuid primary key,
    name       text not null unique check (name ~ '^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$'),
    created_at timestamptz not null default now()
);

create table model_versions (
    id              uuid primary key,
    model_id        uuid not null references models,
    version         text not null check (version ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    architecture    text not null,
    context_length  integer not null check (context_length > 0),
    vocabulary_size integer not null check (vocabulary_size > 0),
    hidden_size     integer not null check (hidden_size > 0),
    layout          jsonb not null,                     -- bytes of embedding, each layer and head; KV bytes per token and layer
    is_default      boolean not null default false,
    created_at      timestamptz not null default now(),
    unique (model_id, version)
);
create unique index model_versions_default on model_versions (is_default) where is_default;

create table model_files (
    version_id uuid not null references model_versions,
    name       text not null,
    sha256     text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    bytes      bigint not null check (bytes >= 0),
    primary key (version_id, name)
);

-- ---------------------------------------------------------------- the cluster (assay_scheduler)

create table join_tokens (
    token_hash bytea primary key,                       -- SHA-256: the token has 256 bits of its own
    kind       text not null check (kind in ('node', 'gateway')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz,
    used_by    uuid
);

create table enrolled (
    id                 uuid primary key,
    kind               text not null check (kind in ('node', 'gateway', 'scheduler')),
    name               text not null,
    public_key_sha256  bytea not null,
    certificate_serial text not null,
    certificate_until  timestamptz not null,
    enrolled_at        timestamptz not null default now(),
    revoked_at         timestamptz
);

create table nodes (
    id            uuid primary key references enrolled,
    name          text not null,
    address       text not null,
    agent_version text not null,
    devices       jsonb not null,
    checkers      jsonb not null,
    state         text not null check (state in ('ready', 'suspect', 'lost')),
    last_seen_at  timestamptz not null
);

create table deployments (
    id            uuid primary key,
    name          text not null unique,
    version_id    uuid not null references model_versions,
    replicas      integer not null check (replicas >= 1),
    stages        integer not null check (stages >= 0),   -- 0: as few as fit
    kv_tokens     integer not null check (kv_tokens > 0),
    max_sequences integer not null check (max_sequences > 0),
    created_at    timestamptz not null default now(),
    removed_at    timestamptz
);

create table replicas (
    id            uuid primary key,
    deployment_id uuid not null references deployments,
    epoch         bigint not null,
    state         text not null check (state in ('waiting', 'loading', 'probing', 'serving', 'broken')),
    reason        text not null default '',
    updated_at    timestamptz not null default now()
);

create table stages (
    replica_id   uuid not null references replicas on delete cascade,
    stage_index  integer not null,
    node_id      uuid not null references nodes,
    device_id    text not null,
    first_layer  integer not null,
    end_layer    integer not null,
    weight_bytes bigint not null,
    kv_bytes     bigint not null,
    primary key (replica_id, stage_index),
    check (first_layer < end_layer)
);

create table leases (
    name       text primary key,
    holder     text not null,
    epoch      bigint not null,
    expires_at timestamptz not null
);

-- ---------------------------------------------------------------- verification and audit (assay_web)

create table verifications (
    id            uuid primary key,
    tenant_id     uuid not null references tenants,
    owner_kind    text not null check (owner_kind in ('user', 'api_key', 'guest')),
    owner_id      text not null,
    scenario      text not null check (scenario in ('theorem', 'code', 'consistency')),
    state         text not null check (state in ('running', 'finished', 'failed', 'cancelled')),
    input         jsonb not null,
    verdict       text,
    result        jsonb,
    model         text,
    model_version text,
    created_at    timestamptz not null default now(),
    finished_at   timestamptz
);
create index verifications_owner on verifications (tenant_id, owner_kind, owner_id, created_at desc);

create table verification_steps (
    verification_id uuid not null references verifications on delete cascade,
    tenant_id       uuid not null references tenants,
    step_index      integer not null,
    at              timestamptz not null,
    step            jsonb not null,
    primary key (verification_id, step_index)
);

-- Twelve fields: when, tenant, actor, address, client, action, object, request, outcome, duration, correlation, details.
create table audit_events (
    id              uuid primary key,
    at              timestamptz not null,               -- 1  start of the action
    tenant_id       uuid not null references tenants,   -- 2
    actor           jsonb not null,                     -- 3  {kind, id, name, role}
    source_ip       inet,                               -- 4
    user_agent      text,                               -- 5
    action          text not null,                      -- 6  "inference.generate"
    object          jsonb not null,                     -- 7  {type, id, model, version}
    request         jsonb not null,                     -- 8  {method, path}
    outcome         jsonb not null,                     -- 9  {result, status, reason}
    duration_nanos  bigint not null,                    -- 10
    correlation     jsonb not null,                     -- 11 {request, trace}
    details         jsonb not null                      -- 12 {prompt_tokens, completion_tokens, prompt_sha256, ...}
);
create index audit_events_tenant_at on audit_events (tenant_id, at desc);

-- ---------------------------------------------------------------- isolation

do $$
declare
    t text;
begin
    foreach t in array array['memberships', 'api_keys', 'verifications', 'verification_steps', 'audit_events'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant_isolation on %I using (tenant_id = assay_tenant()) '
                       'with check (tenant_id = assay_tenant())', t);
    end loop;
end $$;

-- The two questions that come before the tenant is known. Each answers one exact key, so nothing can be listed.
create function find_api_key(hash bytea)
    returns table (id uuid, tenant_id uuid, name text, scopes text[], expires_at timestamptz, revoked_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select k.id, k.tenant_id, k.name, k.scopes, k.expires_at, k.revoked_at
        from api_keys k join tenants t on t.id = k.tenant_id
        where k.key_hash = hash and t.state = 'active';
    end;

create function find_memberships(member uuid)
    returns table (tenant_id uuid, tenant_name text, role text)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select m.tenant_id, t.name, m.role
        from memberships m join tenants t on t.id = m.tenant_id
        where m.user_id = member and t.state = 'active'
        order by t.name;
    end;

-- Definer's rights end at a forced policy, and the owner is no superuser: these policies let the owner's functions see.
create policy owner_reads on api_keys for select to current_user using (true);
create policy owner_reads on memberships for select to current_user using (true);

revoke all on function find_api_key(bytea), find_memberships(uuid) from public;

-- ---------------------------------------------------------------- least privilege

revoke all on schema public from public;
grant usage on schema public to assay_web, assay_scheduler;

grant execute on function find_api_key(bytea), find_memberships(uuid) to assay_web;
grant select, insert, update on tenants, users, models, model_versions to assay_web;
grant select, insert on model_files to assay_web;
grant select, insert, update, delete on memberships to assay_web;
grant select, insert, update on api_keys, verifications to assay_web;
grant select, insert on verification_steps, audit_events to assay_web;
grant delete on verifications, verification_steps to assay_web;

grant select on models, model_versions, model_files to assay_scheduler;
grant select, insert, update on join_tokens, enrolled, nodes, deployments, leases to assay_scheduler;
grant select, insert, update, delete on replicas, stages to assay_scheduler;
