-- Looking through the audit trail. Applied again, whole, whenever it changes.
--
-- ICT sees who did what when, and of a child nothing but a record's reference: not the field, not the answer. A record's
-- own people see who has opened it.

set local role portal_definer;

-- Newest first, `most` at a time, from before the event `before`. Null (or false) means: not asked for.
--   people     only what these did, or what was done to them
--   reference  only what was done in that record or to its child, or tried to be
--   upn        the same of the child with that number, and of all their records; they need not have one
--   told       what ICT may read of an event's details; `listed` is how many children stood in a list
drop function if exists audit.log(int[], text, timestamptz, timestamptz, text[], bigint, int);
create or replace function audit.log(
    people int[], reference text, upn text, since timestamptz, until timestamptz, actions text[], before bigint, most int
) returns table (
    id bigint, at timestamptz, name text, address inet, action text, record text, whom text, successor text,
    told jsonb, listed int
)
language plpgsql stable security definer set search_path = '' as $$
declare
    wanted uuid;
    whose uuid;
    of_child uuid;
    in_records uuid[];
begin
    if not priv.am_ict() then
        raise exception 'only ICT looks through the audit trail' using errcode = 'insufficient_privilege';
    end if;
    if reference is not null then
        select r.id, r.child into wanted, whose from portal.record r where r.reference = log.reference
        union all
        select e.record, e.child from portal.erased e where e.reference = log.reference;
        if wanted is null then
            return;
        end if;
    end if;
    if upn is not null then
        select c.id into of_child from portal.child c where c.upn = log.upn;
        if of_child is null then
            return;
        end if;
        in_records := array(
            select r.id from portal.record r where r.child = of_child
            union all
            select e.record from portal.erased e where e.child = of_child
        );
    end if;
    return query
        with found as materialized (
            select e.*
            from audit.event e
            where (before is null or e.id < before)
              and (people is null or e.person = any (people)
                   or e.child is null and e.detail ->> 'whom' = any (people::text[]))
              and (wanted is null
                   or e.child = whose and (e.record is null or e.record = wanted)
                   or e.child is null and e.record = wanted)
              and (of_child is null or e.child = of_child or e.child is null and e.record = any (in_records))
              and (since is null or e.at >= since)
              and (until is null or e.at < until)
              and (actions is null or e.action = any (actions))
            order by e.id desc
            limit most
        )
        select f.id, f.at, p.name, f.address, f.action,
               coalesce((select r.reference from portal.record r where r.id = f.record),
                        (select e.reference from portal.erased e where e.record = f.record),
                        (select r.reference from portal.record r where r.child = f.child
                         order by r.started_at desc limit 1)),
               w.name, s.name,
               (select coalesce(jsonb_object_agg(d.key, d.value), '{}') from jsonb_each(f.detail) d
                where d.key in ('reason', 'why', 'kind', 'status')
                   or f.child is null and d.key in ('name', 'good', 'bad', 'rows')),
               case when jsonb_typeof(f.detail -> 'children') = 'array' then jsonb_array_length(f.detail -> 'children') end
        from found f
        left join portal.person p on p.id = f.person
        left join portal.person w on w.id = case when jsonb_typeof(f.detail -> 'whom') = 'number' then (f.detail ->> 'whom')::int end
        left join portal.person s on s.id = case when jsonb_typeof(f.detail -> 'to') = 'number' then (f.detail ->> 'to')::int end
        order by f.id desc;
end $$;

-- Who opened a record or changed something in it, day by day, the newest `days` days before `before`. Nothing where the
-- record is not this person's to see.
create or replace function audit.readers(record uuid, before date, days int) returns table (
    day date, person int, name text, job_title text, team text, action text, times bigint,
    earliest timestamptz, latest timestamptz
)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        with found as (
            select (e.at at time zone 'Europe/London')::date as day, e.person, e.action, e.at
            from portal.record r
            join audit.event e on e.child = r.child and (e.record = r.id or e.record is null)
            where r.id = readers.record
              and (r.setting = any (priv.my_settings()) or priv.am_senas() and r.status <> 'draft')
              and e.person is not null
              -- what SENAS keeps for a tribunal or an inquiry may be about the setting
              and (e.action not like 'hold.%' or priv.am_senas())
        ), shown as (
            select distinct f.day from found f where readers.before is null or f.day < readers.before
            order by f.day desc limit days
        )
        select f.day, p.id, p.name, p.job_title, p.team, f.action, count(*), min(f.at), max(f.at)
        from found f
        join shown on shown.day = f.day
        join portal.person p on p.id = f.person
        group by f.day, p.id, f.action
        order by f.day desc, p.name, p.id, min(f.at);
end $$;

revoke execute on function
    audit.log(int[], text, text, timestamptz, timestamptz, text[], bigint, int), audit.readers(uuid, date, int)
    from public;
grant execute on function audit.log(int[], text, text, timestamptz, timestamptz, text[], bigint, int) to portal_p_ict;
grant execute on function audit.readers(uuid, date, int) to portal_p_senco, portal_p_senas;

reset role;
