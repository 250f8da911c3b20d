-- Tenants with a whole life, people above them, roles as sets of permissions, keys with bounds of their own.

-- ---------------------------------------------------------------- tenants

-- deleting: closed, and gone for good after the time of grace; deleted: what is left is the name, for the audit log.
alter table tenants
    drop constraint tenants_state_check,
    add constraint tenants_state_check check (state in ('active', 'suspended', 'deleting', 'deleted')),
    add column delete_after timestamptz,
    add constraint tenants_delete_after check ((state = 'deleting') = (delete_after is not null)),
    add column version bigint not null default 1,
    -- What people without an account may do here, if guests are let in at all; null: as the gateway is set.
    add column guest_scenarios text[] not null default '{theorem,code,consistency}'
        check (guest_scenarios <@ '{theorem,code,consistency}'),
    add column guest_per_minute integer check (guest_per_minute between 1 and 100000),
    add column guest_retention_days integer not null default 30 check (guest_retention_days between 1 and 3650);

-- A tenant is seen by itself; all of them by the platform's operator, for whom the server says so in the transaction.
create function assay_platform() returns boolean
    language sql stable parallel safe
    return coalesce(current_setting('assay.platform', true), '') = 'on';

alter table tenants enable row level security;
alter table tenants force row level security;
create policy tenant_itself on tenants using (id = assay_tenant() or assay_platform())
    with check (id = assay_tenant() or assay_platform());
create policy owner_reads on tenants for select to current_user using (true);

-- ---------------------------------------------------------------- roles and members

create table roles (
    id          uuid primary key,
    tenant_id   uuid not null references tenants,
    name        text not null check (length(name) between 1 and 100),
    description text not null default '' check (length(description) <= 500),
    permissions text[] not null,
    version     bigint not null default 1,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    unique (tenant_id, id)
);
create unique index roles_name on roles (tenant_id, lower(name));

-- A member has a built-in role, whose permissions the program knows, or one of the tenant's own.
alter table memberships
    alter column role drop not null,
    add column role_id uuid,
    add column version bigint not null default 1,
    add foreign key (tenant_id, role_id) references roles (tenant_id, id),
    add constraint memberships_one_role check (num_nonnulls(role, role_id) = 1);
create index memberships_user on memberships (user_id);
create index memberships_role on memberships (tenant_id, role_id) where role_id is not null;

-- The operator stands above the tenants. Until now every administrator could do all.
alter table users
    add column operator boolean not null default false,
    add column last_tenant uuid references tenants;       -- where he worked last, and comes back to
alter table memberships no force row level security;
update users set operator = true where id in (select user_id from memberships where role = 'admin');
alter table memberships force row level security;

-- ---------------------------------------------------------------- API keys

-- A key with an owner can never do more than he may himself, and ends with his membership; one without is the tenant's.
alter table api_keys
    add column description text not null default '' check (length(description) <= 500),
    add column owner_id uuid references users,
    add column models text[],                           -- null: any
    add column networks cidr[],                         -- null: from anywhere
    add column follows uuid references api_keys,        -- the key that this one was rotated from
    add column version bigint not null default 1;

-- What earlier versions called jobs, the catalogue calls batch.
alter table api_keys no force row level security;
update api_keys set scopes = array(select replace(scope, 'job:', 'batch:') from unnest(scopes) scope);
alter table api_keys force row level security;

-- ---------------------------------------------------------------- creates that may be sent twice

create table idempotent_answers (
    tenant_id      uuid not null references tenants,
    caller_id      text not null,
    idempotency_key text not null check (length(idempotency_key) between 1 and 128),
    request_digest bytea not null,                      -- SHA-256 of method, path and body
    status         integer,                             -- null: still at work
    etag           text,
    location       text,
    body           bytea,                               -- sealed: an answer may hold a new key
    created_at     timestamptz not null default now(),
    primary key (tenant_id, caller_id, idempotency_key)
);
create index idempotent_answers_old on idempotent_answers (created_at);

-- ---------------------------------------------------------------- isolation and privileges

do $$
declare
    t text;
begin
    foreach t in array array['roles', 'idempotent_answers'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant_isolation on %I using (tenant_id = assay_tenant()) '
                       'with check (tenant_id = assay_tenant())', t);
        execute format('create policy owner_reads on %I for select to current_user using (true)', t);
    end loop;
end $$;

drop function find_api_key(bytea);
create function find_api_key(hash bytea)
    returns table (id uuid, tenant_id uuid, name text, scopes text[], expires_at timestamptz,
                   owner_id uuid, models text[], networks text[])
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select k.id, k.tenant_id, k.name, k.scopes, k.expires_at, k.owner_id, k.models, k.networks::text[]
        from api_keys k join tenants t on t.id = k.tenant_id
        where k.key_hash = hash and k.revoked_at is null and t.state = 'active';
    end;

drop function find_memberships(uuid);
create function find_memberships(member uuid)
    returns table (tenant_id uuid, tenant_name text, role text, role_id uuid, role_name text, permissions text[])
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select m.tenant_id, t.name, m.role, m.role_id, r.name, r.permissions
        from memberships m
            join tenants t on t.id = m.tenant_id
            left join roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
        where m.user_id = member and t.state = 'active'
        order by t.name, t.id;
    end;

-- The tenant that people without an account belong to: the one they name, or else the oldest that lets them in.
create function find_guest_tenant(wanted text)
    returns uuid
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select t.id from tenants t
        where t.guests and t.state = 'active' and (wanted is null or t.slug = wanted)
        order by t.created_at, t.id limit 1;
    end;

create function any_tenant() returns boolean
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select exists (select from tenants);
    end;

-- The tenants whose time of grace is over.
create function find_tenants_to_purge() returns setof uuid
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select t.id from tenants t where t.state = 'deleting' and t.delete_after < now() order by t.delete_after;
    end;

-- Removes what the named tenant owns but its audit records, which have a retention of their own. Tables that
-- come later are found by their tenant_id; the ones that others refer to are tried again after those.
create function purge_tenant() returns void
    language plpgsql security definer set search_path = pg_catalog, public
    as $$
declare
    t text;
    again boolean := true;
    rounds integer := 0;
begin
    perform from tenants where id = assay_tenant() and state = 'deleting' and delete_after < now() for update;
    if not found then
        raise exception 'the tenant is not to be purged now';
    end if;
    while again loop
        again := false;
        rounds := rounds + 1;
        for t in
            select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
            where c.relnamespace = 'public'::regnamespace and a.attname = 'tenant_id' and not a.attisdropped
                and c.relkind in ('r', 'p') and not c.relispartition and c.relname not like 'audit%'
            order by c.relname
        loop
            begin
                execute format('delete from %I where tenant_id = assay_tenant()', t);
            exception when foreign_key_violation then
                again := true;
                if rounds > 20 then
                    raise;
                end if;
            end;
        end loop;
    end loop;
    update tenants
    set state = 'deleted', delete_after = null, slug = 'deleted-' || id, guests = false, version = version + 1
    where id = assay_tenant();
end $$;

revoke all on function assay_platform(), find_api_key(bytea), find_memberships(uuid), find_guest_tenant(text),
    any_tenant(), find_tenants_to_purge(), purge_tenant() from public;
grant execute on function assay_platform(), find_api_key(bytea), find_memberships(uuid), find_guest_tenant(text),
    any_tenant(), find_tenants_to_purge(), purge_tenant() to assay_web;
grant execute on function assay_platform() to assay_scheduler;
grant select, insert, update, delete on roles, idempotent_answers to assay_web;
