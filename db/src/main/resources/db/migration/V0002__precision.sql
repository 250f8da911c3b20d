-- How a deployment keeps its weights, and what its stages send each other.
alter table deployments
    add column weight_type text not null default 'stored'
        check (weight_type in ('stored', 'int8', 'int4')),
    add column activation_type text not null default 'f32'
        check (activation_type in ('f32', 'bf16'));
