-- What operators want of nodes, how deployments scale and are replaced, what each replica was made for, and what
-- became of them all.

alter table nodes
    add column duty text not null default 'open' check (duty in ('open', 'cordoned', 'draining')),
    add column duty_reason text not null default '',
    add column labels jsonb not null default '{}',        -- {"rack": "r1"}
    add column taints jsonb not null default '[]';        -- ["maintenance"]

alter table deployments
    add column priority integer not null default 0,
    add column rules jsonb not null default '{}',         -- where replicas may be
    add column scaling jsonb,                             -- null: by hand
    add column replacement text not null default 'surge' check (replacement in ('surge', 'recreate_allowed')),
    add column wanted integer check (wanted >= 0);        -- replicas now, by hand or by rule
update deployments set wanted = replicas;
alter table deployments alter column wanted set not null;

-- A replica of before a change stands beside those of after it.
alter table replicas
    add column version_id uuid references model_versions,
    add column stage_count integer,
    add column kv_tokens integer,
    add column max_sequences integer,
    add column weight_type text check (weight_type in ('stored', 'int8', 'int4')),
    add column activation_type text check (activation_type in ('f32', 'bf16'));
update replicas r
set version_id = d.version_id, stage_count = d.stages, kv_tokens = d.kv_tokens, max_sequences = d.max_sequences,
    weight_type = d.weight_type, activation_type = d.activation_type
from deployments d where d.id = r.deployment_id;
alter table replicas
    alter column version_id set not null,
    alter column stage_count set not null,
    alter column kv_tokens set not null,
    alter column max_sequences set not null,
    alter column weight_type set not null,
    alter column activation_type set not null,
    drop constraint replicas_state_check,
    add constraint replicas_state_check
        check (state in ('waiting', 'loading', 'probing', 'serving', 'broken', 'draining'));

-- Why it is here, why it moved: written with what it tells of, kept for a bounded time. Names of what may be gone.
create table cluster_events (
    id         bigint generated always as identity primary key,
    at         timestamptz not null,
    kind       text not null check (kind in ('replica', 'node', 'deployment')),
    replica_id uuid,
    deployment text,
    node_id    uuid,
    epoch      bigint not null default 0,
    event      text not null,
    from_state text not null,
    to_state   text not null,
    reason     text not null,
    stages     jsonb not null default '[]'
);
create index cluster_events_replica on cluster_events (replica_id, id desc) where replica_id is not null;
create index cluster_events_deployment on cluster_events (deployment, id desc) where deployment is not null;
create index cluster_events_node on cluster_events (node_id, id desc) where node_id is not null;
create index cluster_events_nodes_of on cluster_events using gin (stages jsonb_path_ops);

grant select, insert, delete on cluster_events to assay_scheduler;
grant delete on nodes to assay_scheduler;
