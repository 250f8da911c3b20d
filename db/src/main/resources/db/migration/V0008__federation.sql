-- Ways in that are not a password: other people's directories (OpenID Connect, SCIM) and passkeys.

-- ---------------------------------------------------------------- OpenID Connect

create table identity_providers (
    id            uuid primary key,
    tenant_id     uuid not null references tenants,
    name          text not null check (length(name) between 1 and 100),
    issuer        text not null check (length(issuer) <= 500),
    client_id     text not null check (length(client_id) between 1 and 300),
    client_secret bytea not null,                       -- sealed with AES-GCM under the server's secret
    scopes        text[] not null,
    groups_claim  text not null check (length(groups_claim) between 1 and 100),
    default_role  text,                                 -- for people without a mapped group; null: they are refused
    mapping       jsonb not null default '[]',          -- [{"group", "role"}], the first that fits counts
    inner_network boolean not null default false,       -- its addresses may be loopback or private: the operator said so
    enabled       boolean not null default true,
    version       bigint not null default 1,
    created_at    timestamptz not null default now(),
    unique (tenant_id, id)
);
create unique index identity_providers_name on identity_providers (tenant_id, lower(name));

-- Who somebody is elsewhere. managed: the account came from there, so its role follows the groups.
create table external_identities (
    tenant_id   uuid not null references tenants,
    provider_id uuid not null,
    subject     text not null check (length(subject) between 1 and 255),
    user_id     uuid not null references users,
    managed     boolean not null,
    linked_at   timestamptz not null default now(),
    last_used_at timestamptz,
    primary key (provider_id, subject),
    foreign key (tenant_id, provider_id) references identity_providers (tenant_id, id) on delete cascade
);
create index external_identities_user on external_identities (user_id);

-- ---------------------------------------------------------------- SCIM 2.0

create table scim_settings (
    tenant_id    uuid primary key references tenants,
    default_role text,                                  -- for people without a mapped group; null: they are no members
    mapping      jsonb not null default '[]',
    version      bigint not null default 1
);

create table scim_tokens (
    id           uuid primary key,
    tenant_id    uuid not null references tenants,
    name         text not null check (length(name) between 1 and 100),
    prefix       text not null,                         -- what people recognise it by
    token_hash   bytea not null unique,                 -- HMAC-SHA-256 under the server's pepper
    created_by   uuid references users,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    revoked_at   timestamptz,
    last_used_at timestamptz
);
create index scim_tokens_tenant on scim_tokens (tenant_id);

-- A person as the directory tells him; the account behind him is in users.
create table scim_users (
    tenant_id   uuid not null references tenants,
    user_id     uuid not null references users,
    user_name   text not null check (length(user_name) between 1 and 200),
    external_id text,
    active      boolean not null,
    attributes  jsonb not null,                         -- the rest of the resource, as SCIM has it
    version     bigint not null default 1,
    created_at  timestamptz not null default now(),
    changed_at  timestamptz not null default now(),
    primary key (tenant_id, user_id)
);
create unique index scim_users_name on scim_users (tenant_id, lower(user_name));
create index scim_users_external on scim_users (tenant_id, external_id) where external_id is not null;

create table scim_groups (
    id           uuid primary key,
    tenant_id    uuid not null references tenants,
    display_name text not null check (length(display_name) between 1 and 200),
    external_id  text,
    version      bigint not null default 1,
    created_at   timestamptz not null default now(),
    changed_at   timestamptz not null default now(),
    unique (tenant_id, id)
);
create unique index scim_groups_name on scim_groups (tenant_id, lower(display_name));

create table scim_members (
    tenant_id uuid not null references tenants,
    group_id  uuid not null,
    user_id   uuid not null,
    primary key (group_id, user_id),
    foreign key (tenant_id, group_id) references scim_groups (tenant_id, id) on delete cascade,
    foreign key (tenant_id, user_id) references scim_users (tenant_id, user_id) on delete cascade
);
create index scim_members_user on scim_members (tenant_id, user_id);

-- ---------------------------------------------------------------- passkeys

-- What authenticators know a person by: random, so that it tells nothing of him.
create table passkey_handles (
    user_id uuid primary key references users,
    handle  bytea not null unique
);
comment on table passkey_handles is 'tenancy: exempt, because a person may be in several tenants';

create table passkeys (
    credential_id   bytea primary key,
    id              uuid not null unique,
    user_id         uuid not null references passkey_handles,
    label           text not null check (length(label) between 1 and 100),
    public_key      bytea not null,                     -- COSE
    signature_count bigint not null,
    uv_initialized  boolean not null,
    backup_eligible boolean not null,
    backup_state    boolean not null,
    transports      text[] not null,
    attestation     bytea,
    client_data     bytea,
    created_at      timestamptz not null,
    last_used_at    timestamptz not null
);
create index passkeys_user on passkeys (user_id);
comment on table passkeys is 'tenancy: exempt, because a person may be in several tenants';

-- ---------------------------------------------------------------- isolation and privileges

do $$
declare
    t text;
begin
    foreach t in array array['identity_providers', 'external_identities', 'scim_settings', 'scim_tokens', 'scim_users',
                             'scim_groups', 'scim_members'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant_isolation on %I using (tenant_id = assay_tenant()) '
                       'with check (tenant_id = assay_tenant())', t);
        execute format('create policy owner_reads on %I for select to current_user using (true)', t);
    end loop;
end $$;

-- The questions that come before the tenant is known; each answers one exact key.
create function find_scim_token(hash bytea)
    returns table (id uuid, tenant_id uuid, name text, expires_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select k.id, k.tenant_id, k.name, k.expires_at
        from scim_tokens k join tenants t on t.id = k.tenant_id
        where k.token_hash = hash and k.revoked_at is null and t.state = 'active';
    end;

create function find_identity_provider(provider uuid)
    returns table (tenant_id uuid, tenant_slug text)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select p.tenant_id, t.slug
        from identity_providers p join tenants t on t.id = p.tenant_id
        where p.id = provider and p.enabled and t.state = 'active';
    end;

-- What the sign-in page offers: the providers of the tenant that its address names, or of the only tenant there is.
create function find_sign_in_ways(wanted text)
    returns table (id uuid, name text)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select p.id, p.name
        from identity_providers p join tenants t on t.id = p.tenant_id
        where p.enabled and t.state = 'active'
            and (t.slug = wanted
                or wanted is null and (select count(*) from tenants o where o.state = 'active') = 1)
        order by lower(p.name);
    end;

-- Whether somebody belongs to any tenant but the named one: then his account is not this tenant's to close.
create function known_elsewhere(member uuid)
    returns boolean
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select exists (select from memberships m where m.user_id = member and m.tenant_id is distinct from assay_tenant())
            or exists (select from scim_users s where s.user_id = member and s.tenant_id is distinct from assay_tenant());
    end;

revoke all on function find_scim_token(bytea), find_identity_provider(uuid), find_sign_in_ways(text),
    known_elsewhere(uuid) from public;
grant execute on function find_scim_token(bytea), find_identity_provider(uuid), find_sign_in_ways(text),
    known_elsewhere(uuid) to assay_web;
grant select, insert, update, delete on identity_providers, external_identities, scim_users, scim_groups to assay_web;
grant select, insert, update on scim_settings, scim_tokens to assay_web;
grant select, insert, delete on scim_members, passkey_handles to assay_web;
grant select, insert, update, delete on passkeys to assay_web;
