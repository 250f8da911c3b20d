-- People's accounts: one-time links, second factors, sessions, and failures to sign in.
--
-- A row about a person belongs to no tenant but to that person: its policy reads assay.person, which a server sets
-- for a transaction as it sets assay.tenant. Unset, it is null and no row is seen.

create function assay_person() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('assay.person', true), '')::uuid;

-- ---------------------------------------------------------------- people

alter table users
    alter column password_hash drop not null,             -- null: signs in by other means alone
    add column email               text check (length(email) between 3 and 254 and email like '%_@_%'),
    add column password_changed_at timestamptz,
    add column last_sign_in_at     timestamptz,
    add column version             bigint not null default 1;
create unique index users_email on users (lower(email)) where email is not null;
comment on table users is
    'tenancy: exempt, because a person may be in several tenants; who is in a tenant stands in memberships';

-- ---------------------------------------------------------------- one-time links

-- A link is known by the SHA-256 of its token alone: the token has 256 bits of its own.
create table invitations (
    id              uuid primary key,
    tenant_id       uuid not null references tenants on delete cascade,
    token_hash      bytea not null unique,
    role            text not null check (length(role) between 1 and 100),   -- resolved anew when it is accepted
    name            text check (length(name) between 1 and 200),            -- whom it is for, as far as is known
    email           text check (length(email) between 3 and 254 and email like '%_@_%'),
    invited_by      uuid references users on delete set null,
    invited_by_name text not null,
    created_at      timestamptz not null default now(),
    expires_at      timestamptz not null,
    accepted_at     timestamptz,
    accepted_by     uuid references users on delete set null,
    revoked_at      timestamptz,
    check (name is not null or email is not null)
);
create index invitations_newest on invitations (tenant_id, created_at desc, id);

create table password_resets (
    id           uuid primary key,
    tenant_id    uuid not null references tenants on delete cascade,        -- whose administrator made it
    user_id      uuid not null references users on delete cascade,
    token_hash   bytea not null unique,
    made_by_name text not null,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    used_at      timestamptz,
    revoked_at   timestamptz
);
create index password_resets_newest on password_resets (tenant_id, user_id, created_at desc);

-- ---------------------------------------------------------------- second factor

create table totp_secrets (
    user_id      uuid primary key references users on delete cascade,
    secret       bytea not null,                          -- AES-256-GCM: nonce, then ciphertext with its tag
    created_at   timestamptz not null default now(),
    confirmed_at timestamptz,                             -- null: shown, and not yet proved to be kept
    last_step    bigint not null default -1               -- of the newest code taken: none is taken twice
);

create table recovery_codes (
    user_id   uuid not null references users on delete cascade,
    code_hash bytea not null,                             -- HMAC-SHA-256 under the server's pepper
    used_at   timestamptz,
    primary key (user_id, code_hash)
);

-- ---------------------------------------------------------------- sessions

create table web_sessions (
    id           uuid primary key,                        -- a name for it; the cookie is another
    user_id      uuid not null references users on delete cascade,
    tenant_id    uuid not null references tenants on delete cascade,        -- in which the person now works
    method       text not null check (length(method) between 1 and 40),
    source_ip    inet,
    user_agent   text,
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null,
    ended_at     timestamptz,
    end_reason   text check (end_reason in ('signed_out', 'revoked', 'password', 'closed'))
);
create index web_sessions_person on web_sessions (user_id, created_at desc);
create index web_sessions_tenant on web_sessions (tenant_id, user_id);

-- ---------------------------------------------------------------- failures to sign in

create table sign_in_failures (
    key        bytea primary key,                         -- keyed hash of whose failures these are
    failures   integer not null default 0,
    last_at    timestamptz not null default now(),
    blocked_to timestamptz not null default '-infinity'
);
create index sign_in_failures_last on sign_in_failures (last_at);
comment on table sign_in_failures is
    'tenancy: exempt, because it is asked before anybody is known, and holds keyed hashes and counts alone';

-- ---------------------------------------------------------------- isolation

do $$
declare
    t text;
begin
    foreach t in array array['invitations', 'password_resets', 'web_sessions'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant_isolation on %I using (tenant_id = assay_tenant()) '
                       'with check (tenant_id = assay_tenant())', t);
        execute format('create policy owner_reads on %I for select to current_user using (true)', t);
    end loop;
    foreach t in array array['totp_secrets', 'recovery_codes', 'web_sessions'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy person_isolation on %I using (user_id = assay_person()) '
                       'with check (user_id = assay_person())', t);
    end loop;
end $$;

-- What is asked before the tenant or the person is known: each answers one exact key, so nothing can be listed.
create function find_invitation(hash bytea)
    returns table (id uuid, tenant_id uuid, tenant_name text, role text, name text, email text,
                   invited_by_name text, expires_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select i.id, i.tenant_id, t.name, i.role, i.name, i.email, i.invited_by_name, i.expires_at
        from invitations i join tenants t on t.id = i.tenant_id
        where i.token_hash = hash and t.state = 'active' and i.accepted_at is null and i.revoked_at is null;
    end;

create function find_password_reset(hash bytea)
    returns table (id uuid, tenant_id uuid, user_id uuid, username text, expires_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select r.id, r.tenant_id, r.user_id, u.username, r.expires_at
        from password_resets r join users u on u.id = r.user_id
        where r.token_hash = hash and r.used_at is null and r.revoked_at is null and u.disabled_at is null;
    end;

create function find_web_session(session uuid)
    returns table (user_id uuid, tenant_id uuid, last_seen_at timestamptz, expires_at timestamptz,
                   ended_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select s.user_id, s.tenant_id, s.last_seen_at, s.expires_at, s.ended_at
        from web_sessions s where s.id = session;
    end;

-- Whether a person is in another tenant too: then no administrator of one tenant may set the password for all.
create function belongs_elsewhere(member uuid, tenant uuid) returns boolean
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select exists (select from memberships m where m.user_id = member and m.tenant_id <> tenant);
    end;

revoke all on function find_invitation(bytea), find_password_reset(bytea), find_web_session(uuid),
    belongs_elsewhere(uuid, uuid) from public;
grant execute on function find_invitation(bytea), find_password_reset(bytea), find_web_session(uuid),
    belongs_elsewhere(uuid, uuid) to assay_web;

grant select, insert, update on invitations, password_resets to assay_web;
grant select, insert, update, delete on totp_secrets, recovery_codes, web_sessions, sign_in_failures to assay_web;
