-- What tenants, people, keys and models may use, what of it is used, and what was used day by day.
--
-- A limit counts in slots. What is charged to a slot is what gateways hold of it by lease: idle, reserved by
-- requests under way, or settled. Nothing is ever handed out beyond the amount, so nothing can be used beyond it
-- (docs/decisions/0017-leased-limits.md).

create table quotas (
    id           uuid primary key,
    tenant_id    uuid not null references tenants,
    subject      text not null check (subject in ('tenant', 'user', 'key', 'model')),
    subject_id   text not null check (length(subject_id) between 1 and 200),  -- an id; of a model its name
    kind         text not null check (kind in (
        'requests-per-minute', 'input-tokens-per-minute', 'output-tokens-per-minute', 'concurrent-requests',
        'tokens-per-day', 'tokens-per-month', 'batch-items-per-day', 'stored-bytes', 'gpus', 'device-bytes')),
    amount       bigint not null check (amount >= 0 and amount <= 1000000000000000),
    soft_percent integer not null default 80 check (soft_percent between 1 and 100),
    short_at     timestamptz,                           -- when somebody found too little: then nobody keeps a stock
    version      bigint not null default 1,
    updated_at   timestamptz not null default now(),
    unique (tenant_id, subject, subject_id, kind),
    check (subject <> 'tenant' or subject_id = tenant_id::text),
    check (subject = 'tenant' or kind not in ('stored-bytes', 'gpus', 'device-bytes'))
);

create table quota_slots (
    quota_id     uuid not null references quotas on delete cascade,
    tenant_id    uuid not null references tenants,
    slot         bigint not null,                       -- its start, in milliseconds since 1970
    counts_until timestamptz not null,
    charged      bigint not null check (charged >= 0),
    primary key (quota_id, slot)
);

create table quota_leases (
    quota_id   uuid not null references quotas on delete cascade,
    gateway_id uuid not null,                           -- of one start of a gateway
    slot       bigint not null,
    tenant_id  uuid not null references tenants,
    held       bigint not null check (held >= 0),       -- charged to the slot
    idle       bigint not null check (idle >= 0),       -- of it: neither reserved nor settled, as last told
    secured    bigint not null check (secured >= 0),    -- of it: settled at most; all above comes back from a gateway that is gone
    expires_at timestamptz not null,
    primary key (quota_id, gateway_id, slot)
);
create index quota_leases_gateway on quota_leases (tenant_id, gateway_id);

create table quota_notices (
    id        bigint generated always as identity primary key,
    tenant_id uuid not null references tenants,
    quota_id  uuid not null references quotas on delete cascade,
    period    timestamptz not null,                     -- one notice for each day, or month
    at        timestamptz not null,
    used      bigint not null,
    amount    bigint not null,
    unique (quota_id, period)
);
create index quota_notices_newest on quota_notices (tenant_id, id desc);

create table usage_days (
    tenant_id     uuid not null references tenants,
    day           date not null,                        -- UTC
    user_id       text not null,                        -- empty: a tenant's key, or a guest
    key_id        text not null,                        -- empty: no key
    model         text not null,                        -- empty: no model was reached
    requests      bigint not null default 0,
    denied        bigint not null default 0,
    input_tokens  bigint not null default 0,
    output_tokens bigint not null default 0,
    primary key (tenant_id, day, user_id, key_id, model)
);

create table stored_bytes (
    tenant_id uuid primary key references tenants,
    bytes     bigint not null
);

-- ---------------------------------------------------------------- the slots of a limit

-- Per minute: slots of five seconds, each counted until sixty seconds after its end, so that no sixty seconds whatever
-- hold more than the amount. Per day and month: the calendar's, in UTC. At once: one slot without end.
create function quota_slot(kind text, at timestamptz,
    out starts timestamptz, out admits_until timestamptz, out counts_until timestamptz)
    language plpgsql stable as $$
begin
    case
        when kind like '%-per-minute' then
            starts := date_bin('5 seconds', at, 'epoch'::timestamptz);
            admits_until := starts + interval '5 seconds';
            counts_until := admits_until + interval '60 seconds';
        when kind like '%-per-day' then
            starts := date_trunc('day', at, 'UTC');
            admits_until := starts + interval '24 hours';
            counts_until := admits_until;
        when kind like '%-per-month' then
            starts := date_trunc('month', at, 'UTC');
            admits_until := (date_trunc('month', at at time zone 'UTC') + interval '1 month') at time zone 'UTC';
            counts_until := admits_until;
        else
            starts := 'epoch';
            admits_until := 'infinity';
            counts_until := 'infinity';
    end case;
end $$;

create function quota_millis(from_time timestamptz, to_time timestamptz) returns bigint
    language sql immutable
    return case when to_time = 'infinity' then 9000000000000
        else greatest(0, floor(extract(epoch from to_time - from_time) * 1000))::bigint end;

-- ---------------------------------------------------------------- the one statement

-- Tells what a gateway holds and asks for more, of several limits of one tenant: all in one go, whatever others do.
--
-- items: [{quota, need, ahead, reports: [{slot, held, idle, secured, base, done}]}]. need is what must be granted, or
-- nothing is; 0 asks for nothing; ahead asks for the next slot. A report tells of one slot: held is charged from now on.
-- base is the secured part that the gateway knows to be stored, for a lease that was taken from it meanwhile.
-- at is for tests; null for the time that it is.
create function quota_exchange(p_gateway uuid, p_lease interval, p_collect boolean, p_items jsonb, p_at timestamptz)
    returns table (o_quota uuid, o_amount bigint, o_slot bigint, o_granted bigint, o_secured bigint, o_admits bigint,
                   o_counts bigint, o_remaining bigint, o_idle_elsewhere bigint, o_frees bigint, o_tight boolean,
                   o_lost bigint[])
    language plpgsql as $$
declare
    moment timestamptz;
    item record;
    report record;
    quota quotas;
    lease quota_leases;
    current_slot record;
    used bigint;
    idle_all bigint;
    free bigint;
    first_free timestamptz;
begin
    -- In the order of ids, so that two gateways never wait for each other.
    perform from quotas q where q.id in (select (e ->> 'quota')::uuid from jsonb_array_elements(p_items) e)
        order by q.id for no key update;
    moment := coalesce(p_at, clock_timestamp());
    for item in
        select * from jsonb_to_recordset(p_items) as i(quota uuid, need bigint, ahead boolean, reports jsonb)
    loop
        select * into quota from quotas q where q.id = item.quota;
        continue when not found;                        -- it was taken away: nothing is limited by it any more
        o_quota := quota.id;
        o_amount := quota.amount;
        o_lost := '{}';
        for report in
            select * from jsonb_to_recordset(item.reports)
                as r(slot bigint, held bigint, idle bigint, secured bigint, base bigint, done boolean)
        loop
            select * into lease from quota_leases l
            where l.quota_id = quota.id and l.gateway_id = p_gateway and l.slot = report.slot;
            if found then
                update quota_slots s set charged = greatest(0, s.charged + report.held - lease.held)
                where s.quota_id = quota.id and s.slot = report.slot and report.held <> lease.held;
            else
                -- It ran out and was taken back but for what was secured. What goes on all the same is charged again.
                o_lost := o_lost || report.slot;
                report.held := greatest(0, report.held - report.idle);
                report.idle := 0;
                insert into quota_slots (quota_id, tenant_id, slot, counts_until, charged)
                select quota.id, quota.tenant_id, report.slot, w.counts_until, greatest(0, report.held - report.base)
                from quota_slot(quota.kind, to_timestamp(report.slot / 1000.0)) w
                on conflict on constraint quota_slots_pkey do update
                set charged = greatest(0, quota_slots.charged + report.held - report.base);
            end if;
            if report.done then
                delete from quota_leases l
                where l.quota_id = quota.id and l.gateway_id = p_gateway and l.slot = report.slot;
            else
                insert into quota_leases (quota_id, gateway_id, slot, tenant_id, held, idle, secured, expires_at)
                values (quota.id, p_gateway, report.slot, quota.tenant_id, report.held, report.idle, report.secured,
                        moment + p_lease)
                on conflict on constraint quota_leases_pkey do update
                set held = excluded.held, idle = excluded.idle, secured = excluded.secured,
                    expires_at = excluded.expires_at;
            end if;
        end loop;

        if p_collect then
            with gone as (
                delete from quota_leases l
                where l.quota_id = quota.id and l.gateway_id <> p_gateway and l.expires_at <= moment
                returning l.slot, l.held - l.secured as back),
            sums as (select g.slot, sum(g.back) as back from gone g group by g.slot)
            update quota_slots s set charged = greatest(0, s.charged - sums.back)
            from sums where s.quota_id = quota.id and s.slot = sums.slot;
        end if;

        select coalesce(sum(s.charged), 0) into used from quota_slots s
        where s.quota_id = quota.id and s.counts_until > moment;
        select coalesce(sum(l.idle), 0), coalesce(sum(l.idle) filter (where l.gateway_id <> p_gateway), 0)
        into idle_all, o_idle_elsewhere
        from quota_leases l join quota_slots s on s.quota_id = l.quota_id and s.slot = l.slot
        where l.quota_id = quota.id and s.counts_until > moment;

        if quota.amount > 0 and (used - idle_all) * 100 >= quota.amount * quota.soft_percent then
            insert into quota_notices (tenant_id, quota_id, period, at, used, amount)
            values (quota.tenant_id, quota.id,
                    date_trunc(case when quota.kind like '%-per-month' then 'month' else 'day' end, moment, 'UTC'),
                    moment, used - idle_all, quota.amount)
            on conflict (quota_id, period) do nothing;
        end if;

        free := quota.amount - used;
        o_tight := (free + idle_all) * 10 < quota.amount
            or coalesce(quota.short_at > moment - interval '10 seconds', false);
        select * into current_slot from quota_slot(quota.kind, moment);
        if item.ahead then
            select * into current_slot from quota_slot(quota.kind, current_slot.admits_until);
        end if;
        o_slot := extract(epoch from current_slot.starts) * 1000;
        o_admits := quota_millis(moment, current_slot.admits_until);
        o_counts := quota_millis(moment, current_slot.counts_until);
        o_granted := 0;
        o_secured := 0;
        o_frees := 0;
        if item.need > 0 and free >= item.need then
            -- With much left a stock for the next ones; near the end exactly what is needed.
            o_granted := item.need
                + case when o_tight then 0 else least((free - item.need) / 8, quota.amount / 16) end;
            insert into quota_slots (quota_id, tenant_id, slot, counts_until, charged)
            values (quota.id, quota.tenant_id, o_slot, current_slot.counts_until, o_granted)
            on conflict on constraint quota_slots_pkey do update set charged = quota_slots.charged + excluded.charged;
            insert into quota_leases as l (quota_id, gateway_id, slot, tenant_id, held, idle, secured, expires_at)
            values (quota.id, p_gateway, o_slot, quota.tenant_id, o_granted, o_granted,
                    case when o_tight or quota.kind = 'concurrent-requests' then 0 else o_granted / 4 end,
                    moment + p_lease)
            on conflict on constraint quota_leases_pkey do update
            set held = l.held + excluded.held, idle = l.idle + excluded.idle, secured = l.secured + excluded.secured,
                expires_at = excluded.expires_at
            returning l.secured into o_secured;
            free := free - o_granted;
        elsif item.need > 0 then
            if quota.short_at is null or quota.short_at < moment - interval '2 seconds' then
                update quotas q set short_at = moment where q.id = quota.id;
            end if;
            o_tight := true;
            select min(t.counts_until) into first_free
            from (select s.counts_until, sum(s.charged) over (order by s.counts_until, s.slot) as back
                  from quota_slots s where s.quota_id = quota.id and s.counts_until > moment) t
            where t.back + free >= item.need;
            o_frees := case when first_free is null then o_counts
                when first_free = 'infinity' then 1000
                else quota_millis(moment, first_free) end;
        end if;
        o_remaining := free + idle_all;
        return next;
    end loop;

    delete from quota_slots s
    where s.counts_until < moment - interval '10 minutes'
        and s.quota_id in (select (e ->> 'quota')::uuid from jsonb_array_elements(p_items) e)
        and not exists (select from quota_leases l where l.quota_id = s.quota_id and l.slot = s.slot);
end $$;

-- ---------------------------------------------------------------- what is stored

create function stored_bytes_of(stored jsonb) returns bigint
    language sql immutable
    return coalesce(octet_length(stored ->> 'input'), 0) + coalesce(octet_length(stored ->> 'result'), 0)
        + coalesce(octet_length(stored ->> 'step'), 0);

create function count_stored_bytes() returns trigger
    language plpgsql as $$
declare
    more bigint := 0;
    tenant uuid;
begin
    if tg_op <> 'DELETE' then
        tenant := new.tenant_id;
        more := stored_bytes_of(to_jsonb(new));
    end if;
    if tg_op <> 'INSERT' then
        tenant := old.tenant_id;
        more := more - stored_bytes_of(to_jsonb(old));
    end if;
    if more > 0 then
        insert into stored_bytes as b (tenant_id, bytes) values (tenant, more)
        on conflict (tenant_id) do update set bytes = b.bytes + excluded.bytes;
    elsif more < 0 then
        update stored_bytes b set bytes = greatest(0, b.bytes + more) where b.tenant_id = tenant;
    end if;
    return null;
end $$;

alter table verifications no force row level security;
alter table verification_steps no force row level security;
insert into stored_bytes (tenant_id, bytes)
select s.tenant_id, sum(s.bytes)
from (select v.tenant_id, stored_bytes_of(to_jsonb(v)) as bytes from verifications v
      union all
      select p.tenant_id, stored_bytes_of(to_jsonb(p)) from verification_steps p) s
group by s.tenant_id;
alter table verifications force row level security;
alter table verification_steps force row level security;

create trigger verifications_stored after insert or update or delete on verifications
    for each row execute function count_stored_bytes();
create trigger verification_steps_stored after insert or update or delete on verification_steps
    for each row execute function count_stored_bytes();

-- ---------------------------------------------------------------- isolation and privileges

do $$
declare
    t text;
begin
    foreach t in array array['quotas', 'quota_slots', 'quota_leases', 'quota_notices', 'usage_days', 'stored_bytes'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy tenant_isolation on %I using (tenant_id = assay_tenant()) '
                       'with check (tenant_id = assay_tenant())', t);
    end loop;
end $$;

revoke all on function quota_slot(text, timestamptz), quota_millis(timestamptz, timestamptz),
    quota_exchange(uuid, interval, boolean, jsonb, timestamptz), stored_bytes_of(jsonb), count_stored_bytes() from public;
grant execute on function quota_slot(text, timestamptz), quota_millis(timestamptz, timestamptz),
    quota_exchange(uuid, interval, boolean, jsonb, timestamptz), stored_bytes_of(jsonb), count_stored_bytes() to assay_web;
grant select, insert, update, delete on quotas, quota_slots, quota_leases to assay_web;
grant select, insert on quota_notices to assay_web;
grant select, insert, update on usage_days, stored_bytes to assay_web;
