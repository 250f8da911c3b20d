-- Which gateways live and which of them runs what; a second factor that a tenant asks of its members.

create table gateways (
    name        text primary key check (length(name) between 1 and 300),  -- the one in its certificate
    alive_until timestamptz not null                                      -- after that it is taken for gone
);
grant select, insert, update, delete on gateways to assay_web;

alter table verifications add column gateway text;                       -- who runs it; null: an earlier version
create index verifications_running on verifications (tenant_id, gateway) where state = 'running';

alter table tenants add column second_factor_required boolean not null default false;
