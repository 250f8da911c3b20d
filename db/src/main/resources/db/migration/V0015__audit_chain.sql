-- What lets a day of records go, and what is left of it.

-- A record came into a day that has a seal already; the next seal of the day takes it in. And when its copy went.
alter table audit_days
    add column late boolean not null default false,
    add column copy_deleted_at timestamptz;

-- A run of sequences that went with its day. The chain goes on over it: from the hash before it to that of its last.
create table audit_dropped (
    tenant_id       uuid not null,
    first_sequence  bigint not null,
    last_sequence   bigint not null check (last_sequence >= first_sequence),
    day             date not null,
    hash_before     bytea not null check (length(hash_before) = 32),
    hash_after      bytea not null check (length(hash_after) = 32),
    primary key (tenant_id, first_sequence)
);
create index audit_dropped_day on audit_dropped (day);

create trigger audit_dropped_kept before update or delete on audit_dropped
    for each row execute function audit_refuse();
create trigger audit_dropped_whole before truncate on audit_dropped
    for each statement execute function audit_refuse();

alter table audit_dropped enable row level security;
alter table audit_dropped force row level security;
create policy tenant_isolation on audit_dropped using (tenant_id = assay_tenant())
    with check (tenant_id = assay_tenant());
create policy audit_pipeline on audit_dropped for select to assay_audit using (true);
create policy owner_all on audit_dropped to current_user using (true) with check (true);

-- The days that everybody's records are kept: 180, or what the tenant with the longest policy says.
create function audit_retention_days() returns integer
    language plpgsql stable security definer set search_path = pg_catalog, public
    as $$
declare
    longest integer;
begin
    if to_regclass('public.audit_policies') is not null then
        execute 'select max(retention_days) from public.audit_policies' into longest;
    end if;
    return greatest(180, longest);
end $$;

-- A record of the platform itself, of what happens to records.
create function audit_note(at timestamptz, action text, object jsonb, result text, details jsonb) returns void
    language plpgsql security definer set search_path = pg_catalog, public
    as $$
begin
    perform audit_make_day((audit_note.at at time zone 'UTC')::date);
    insert into audit_events (id, at, tenant_id, actor, action, object, request, outcome, duration_nanos, correlation,
        details)
    values (gen_random_uuid(), audit_note.at, '00000000-0000-0000-0000-000000000000',
        '{"kind": "platform", "id": "audit", "name": "audit"}', audit_note.action, audit_note.object, '{}',
        jsonb_build_object('result', result), 0, '{}', audit_note.details);
end $$;

-- A record that waits for its place and is not there any more was taken out around the triggers; that is said in the
-- chain itself. Returns whether it is so.
create function audit_note_vanished(record uuid, record_at timestamptz, noticed timestamptz) returns boolean
    language plpgsql security definer set search_path = pg_catalog, public
    as $$
begin
    if exists (select from audit_events where id = record and at = record_at)
        or not exists (select from audit_unsealed where id = record and at = record_at) then
        return false;
    end if;
    perform audit_note(noticed, 'audit.record_vanished', jsonb_build_object('type', 'audit_record', 'id', record),
        'failure', jsonb_build_object('at', record_at));
    return true;
end $$;

-- Lets a day go: when it ended so many whole days ago, is sealed and confirmed, and nothing of it waits. What its
-- chain was is kept as runs. Returns null when it went, else why it stays.
create function audit_drop_day(day date, today timestamptz, retention_days integer) returns text
    language plpgsql security definer set search_path = pg_catalog, public
    as $$
declare
    start timestamptz := day::timestamp at time zone 'UTC';
    stop timestamptz := (day + 1)::timestamp at time zone 'UTC';
    keep integer := greatest(retention_days, audit_retention_days());
    part text := to_char(day, 'YYYYMMDD');
    state audit_days%rowtype;
    seal audit_day_seals%rowtype;
    chained bigint;
    recorded bigint;
begin
    if today > now() + interval '1 day' then
        return 'the caller''s clock is ahead: ' || today;
    end if;
    if today < stop + make_interval(hours => 24 * keep) then
        return 'kept for ' || keep || ' days';
    end if;
    perform set_config('lock_timeout', '5s', true);
    select d.* into state from audit_days d where d.day = audit_drop_day.day for update;
    if not found or state.dropped_at is not null then
        return 'no such day';
    end if;
    -- From here on nobody writes into it.
    execute format('lock table public.%I, public.%I in access exclusive mode', 'audit_events_' || part,
        'audit_chain_' || part);
    if exists (select from audit_unsealed u where u.at >= start and u.at < stop)
        or exists (select from audit_unshipped u where u.at >= start and u.at < stop)
        or exists (select from audit_dead_letters l where l.at >= start and l.at < stop) then
        return 'records of it wait';
    end if;
    select s.* into seal from audit_day_seals s where s.day = audit_drop_day.day order by revision desc limit 1;
    select count(*) into chained from audit_chain c where c.at >= start and c.at < stop;
    select count(*) into recorded from audit_events e where e.at >= start and e.at < stop;
    if seal.day is null or state.late or seal.records <> chained then
        return 'not sealed';
    end if;
    if recorded <> chained then
        return 'records and chain differ: ' || recorded || ', ' || chained;
    end if;
    if state.confirmed_at is null or state.records is distinct from chained then
        return 'not confirmed';
    end if;

    insert into audit_dropped (tenant_id, first_sequence, last_sequence, day, hash_before, hash_after)
    select r.tenant_id, r.first, r.last, audit_drop_day.day,
        coalesce((select c.hash from audit_chain c where c.tenant_id = r.tenant_id and c.sequence = r.first - 1),
            (select d.hash_after from audit_dropped d where d.tenant_id = r.tenant_id and d.last_sequence = r.first - 1),
            decode(repeat('00', 32), 'hex')),
        (select c.hash from audit_chain c where c.tenant_id = r.tenant_id and c.sequence = r.last)
    from (select tenant_id, min(sequence) as first, max(sequence) as last
          from (select tenant_id, sequence, sequence - row_number() over (partition by tenant_id order by sequence) as run
                from audit_chain c where c.at >= start and c.at < stop) runs
          group by tenant_id, run) r;

    execute format('drop table public.%I, public.%I', 'audit_events_' || part, 'audit_chain_' || part);
    -- Prompts and answers of these records, where they are kept.
    execute format('drop table if exists public.%I', 'audit_contents_' || part);
    update audit_days d set dropped_at = today where d.day = audit_drop_day.day;
    perform audit_note(today, 'audit.day_drop', jsonb_build_object('type', 'audit_day', 'id', day), 'success',
        jsonb_build_object('records', chained, 'root', encode(seal.root, 'hex'), 'retention_days', keep));
    return null;
end $$;

revoke all on function audit_retention_days(), audit_note(timestamptz, text, jsonb, text, jsonb),
    audit_note_vanished(uuid, timestamptz, timestamptz), audit_drop_day(date, timestamptz, integer) from public;
grant execute on function audit_retention_days() to assay_web, assay_audit;
grant execute on function audit_note_vanished(uuid, timestamptz, timestamptz),
    audit_drop_day(date, timestamptz, integer) to assay_audit;
grant select on audit_dropped to assay_web, assay_audit;
