-- Batch jobs: many items of one kind, given out to gateways by the scheduler.

-- What a tenant may have of the cluster, and what it had.
create table batch_tenants (
    tenant_id      uuid primary key references tenants,
    weight         double precision not null default 1 check (weight between 0.001 and 1000),
    most_running   integer not null default 0 check (most_running >= 0),   -- items at once; 0: no limit
    charged        double precision not null default 0,   -- virtual time: dominant seconds by weight
    items          bigint not null default 0,             -- tries that ended
    worked_seconds double precision not null default 0,
    tokens         bigint not null default 0
);

create table batch_jobs (
    id           uuid primary key,
    tenant_id    uuid not null references tenants,
    job_key      text check (length(job_key) between 1 and 128),   -- the submitter's own; null: none
    digest       bytea,                                   -- SHA-256 of what was submitted under the key
    name         text not null check (length(name) between 1 and 200),
    owner_kind   text not null,
    owner_id     text not null,
    owner_name   text not null,
    kind         text not null check (kind in ('generate', 'verify')),
    model        text not null,                           -- empty: any
    defaults     json not null,
    priority     integer not null,
    deadline     timestamptz,
    max_attempts integer not null check (max_attempts > 0),
    turn         bigint generated always as identity,     -- order of submission
    -- While it is received nobody sees it, and no item of it is begun.
    state        text not null check (state in ('receiving', 'active', 'paused', 'finished', 'cancelled', 'expired')),
    -- Kept with each change of an item, so that nobody counts a million rows.
    total        bigint not null default 0,
    waiting      bigint not null default 0 check (waiting >= 0),
    delayed      bigint not null default 0 check (delayed >= 0),
    running      bigint not null default 0 check (running >= 0),
    done         bigint not null default 0 check (done >= 0),
    dead         bigint not null default 0 check (dead >= 0),
    tokens       bigint not null default 0,
    submitted_at timestamptz not null default now(),
    started_at   timestamptz,
    finished_at  timestamptz,
    check (total = waiting + delayed + running + done + dead),
    unique (tenant_id, job_key)
);
create index batch_jobs_newest on batch_jobs (tenant_id, turn desc);
create index batch_jobs_open on batch_jobs (state) where state in ('receiving', 'active', 'paused');

-- Items of a job that was cancelled or expired stay as they were: what is neither done nor dead then, is dropped.
create table batch_items (
    job_id        uuid not null references batch_jobs on delete cascade,
    item_index    bigint not null,                        -- from 0, as submitted
    tenant_id     uuid not null references tenants,
    item_id       text not null check (length(item_id) between 1 and 128),
    payload       json not null,
    state         text not null default 'waiting'
                  check (state in ('waiting', 'delayed', 'running', 'done', 'dead')),
    attempts      integer not null default 0,             -- how often it was begun
    failures      integer not null default 0,             -- since it was last called back from the dead
    lease_id      uuid,                                   -- of the newest try: a result is taken under it alone
    worker_id     uuid,
    not_before    timestamptz,
    output        json,
    error_code    text,
    error_message text,
    tokens        bigint not null default 0,              -- of the newest try
    ended_at      timestamptz,
    primary key (job_id, item_index),
    unique (job_id, item_id),
    check (state <> 'running' or lease_id is not null),
    check (state <> 'delayed' or not_before is not null),
    check ((state = 'done') = (output is not null))
) with (autovacuum_vacuum_scale_factor = 0.05);
create index batch_items_waiting on batch_items (job_id, item_index) where state = 'waiting';
create index batch_items_delayed on batch_items (job_id, not_before) where state = 'delayed';
create index batch_items_running on batch_items (job_id) where state = 'running';
create index batch_items_dead on batch_items (job_id, item_index) where state = 'dead';

-- The scheduler gives out the work of all tenants; where it answers for one, it names it and sees that one alone.
do $$
declare
    t text;
begin
    foreach t in array array['batch_tenants', 'batch_jobs', 'batch_items'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant_isolation on %I using (tenant_id = assay_tenant()) '
                       'with check (tenant_id = assay_tenant())', t);
        execute format('create policy scheduler_serves_all on %I to assay_scheduler using (assay_tenant() is null) '
                       'with check (assay_tenant() is null)', t);
    end loop;
end $$;

grant select, insert, update on batch_tenants to assay_scheduler;
grant select, insert, update, delete on batch_jobs, batch_items to assay_scheduler;
