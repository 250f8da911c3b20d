-- Which gateways live and which of them runs what; a second factor that a tenant asks of its members.

create table gateways (
    name        text primary key check (length(name) between 1 and 300),  -- the one in its certificate
    alive_until timestamptz not null                                      -- after that it is taken for gone
);
grant select, insert, update, delete on gateways to assay_web;

alter table verifications add column gateway text;                       -- who runs it; null: an earlier version
create index verifications_running on verifications (tenant_id, gateway) where state = 'running';

alter table tenants add column second_factor_required boolean not null default false;

-- Whether the tenant asks its members for a second factor and the person has none: asked at each sign-in's rights.
create policy owner_reads on totp_secrets for select to current_user using (true);
create function lacks_second_factor(wanted_tenant uuid, member uuid)
    returns boolean
    language sql stable security definer set search_path = pg_catalog, public
    begin atomic
        select exists (select from tenants t where t.id = wanted_tenant and t.second_factor_required)
            and not exists (select from totp_secrets s where s.user_id = member and s.confirmed_at is not null);
    end;
revoke all on function lacks_second_factor(uuid, uuid) from public;
grant execute on function lacks_second_factor(uuid, uuid) to assay_web;
