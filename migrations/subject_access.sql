-- Subject access: everything about one child for SENAS, who answers requests under Article 15 of the UK GDPR; of a child
-- without a request at SENAS too, whom nobody there sees else. Applied again, whole, whenever it changes.
--
-- Nothing is read here that is not on the audit trail, with the reason.

set local role portal_definer;

create or replace function priv.senas_only() returns void
language plpgsql stable security definer set search_path = '' as $$
begin
    if not priv.am_senas() then
        raise exception 'subject access is answered by SENAS' using errcode = 'insufficient_privilege';
    end if;
end $$;

-- The children with that UPN; or with all these words in their names, born on that day.
create or replace function portal.subject_find(number text, words text[], birth date) returns setof uuid
language plpgsql security definer set search_path = '' as $$
declare
    found uuid[];
begin
    perform priv.senas_only();
    select coalesce(array_agg(c.id), '{}') into found
    from portal.child c
    where case when number <> '' then c.upn = number
               else cardinality(words) > 1 and c.search like all (words) and c.dob = birth end;
    perform audit.note('child.sought', detail => jsonb_build_object('rows', cardinality(found)));
    return query select unnest(found);
end $$;

-- What the register says; noted for each of the child's requests, or for the child where there is none at SENAS.
create or replace function portal.subject_open(wanted uuid, reason text) returns table (
    first_name text, middle_names text, surname text, dob date, sex text, upn text, address_line1 text,
    address_line2 text, address_line3 text, address_line4 text, postcode text, setting text, added_by text,
    added_at timestamptz
)
language plpgsql security definer set search_path = '' as $$
begin
    perform priv.senas_only();
    perform audit.note('record.subject_access', r.child, r.id, detail => jsonb_build_object('reason', subject_open.reason))
    from portal.record r
    where r.child = wanted and r.status <> 'draft';
    if not found then
        perform audit.note('child.subject_access', c.id, detail => jsonb_build_object('reason', subject_open.reason))
        from portal.child c
        where c.id = wanted;
    end if;
    return query
        select c.first_name, c.middle_names, c.surname, c.dob, c.sex, c.upn, c.address_line1, c.address_line2,
               c.address_line3, c.address_line4, c.postcode, s.name, p.name, c.added_at
        from portal.child c
        join portal.setting s on s.id = c.setting
        left join portal.person p on p.id = c.added_by
        where c.id = wanted;
end $$;

create or replace function portal.subject_people(wanted uuid) returns table (
    name text, job_title text, team text, since date
)
language plpgsql stable security definer set search_path = '' as $$
begin
    perform priv.senas_only();
    return query
        select p.name, p.job_title, p.team, i.since
        from portal.involvement i
        join portal.person p on p.id = i.person
        where i.child = wanted
        order by i.since, p.name, p.id;
end $$;

-- Who did what about the child, day by day; of what is not at SENAS yet nothing.
create or replace function audit.subject_readers(wanted uuid) returns table (
    day date, name text, job_title text, team text, reference text, action text, times bigint
)
language plpgsql stable security definer set search_path = '' as $$
begin
    perform priv.senas_only();
    return query
        select (e.at at time zone 'Europe/London')::date, p.name, p.job_title, p.team,
               coalesce(r.reference, x.reference), e.action, count(*)
        from audit.event e
        join portal.person p on p.id = e.person
        left join portal.record r on r.id = e.record
        left join portal.erased x on x.record = e.record
        where e.child = wanted and (e.record is null or r.status <> 'draft' or x.record is not null)
        group by 1, p.id, 5, e.action
        order by 1, p.name, p.id, min(e.at);
end $$;

revoke execute on function
    priv.senas_only(), portal.subject_find(text, text[], date), portal.subject_open(uuid, text),
    portal.subject_people(uuid), audit.subject_readers(uuid)
    from public;
grant execute on function
    portal.subject_find(text, text[], date), portal.subject_open(uuid, text), portal.subject_people(uuid),
    audit.subject_readers(uuid)
    to portal_p_senas;

reset role;
