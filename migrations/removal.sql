-- Taking out of a record what should not be there, by co-ordinators and Education ICT: documents, and outcomes of any
-- team. Each with a reason, and each can be put back. Applied again, whole, whenever it changes.
--
-- ICT sees no answers: of an outcome it is told the team, the type and the day; of a document its name and type.

set local role portal_definer;

create or replace function priv.may_remove(reference text) returns uuid
language plpgsql stable security definer set search_path = '' as $$
begin
    if not (priv.am_senas() or priv.am_ict()) then
        raise exception 'SENAS and ICT remove' using errcode = 'insufficient_privilege';
    end if;
    return (select r.id from portal.record r
            where r.reference = may_remove.reference and (priv.am_ict() or r.status <> 'draft'));
end $$;

create or replace function portal.removable(reference text) returns table (
    kind text, id uuid, name text, type text, team text, added_by text, added_at timestamptz,
    removed_at timestamptz, removed_by text, reason text, final boolean
)
language plpgsql stable security definer set search_path = '' as $$
declare
    wanted uuid := priv.may_remove(reference);
begin
    return query
        select 'document', d.id, d.name, d.category, coalesce(p.team, ''), p.name, d.added_at, d.withdrawn_at, w.name,
               d.withdrawn_reason, d.purged_at is not null
        from portal.document d
        left join portal.person p on p.id = d.added_by
        left join portal.person w on w.id = d.withdrawn_by
        where d.record = wanted and d.submission is null
        union all
        select 'outcome', e.id, '', coalesce(t.value, ''), e.team, p.name, e.added_at, e.withdrawn_at, w.name,
               e.withdrawn_reason, false
        from portal.entry e
        left join portal.answer t on t.entry = e.id and t.field = 'type'
        left join portal.person p on p.id = e.author
        left join portal.person w on w.id = e.withdrawn_by
        where e.record = wanted and e.list = 'outcomes'
        order by 1, 7, 2;
end $$;

-- Who is told, or no row where there is nothing to take out (any more).
create or replace function portal.take_out(reference text, kind text, thing uuid, reason text) returns table (email text)
language plpgsql security definer set search_path = '' as $$
declare
    wanted uuid := priv.may_remove(reference);
begin
    if kind = 'document' then
        return query
            update portal.document d set withdrawn_at = clock_timestamp(), withdrawn_reason = take_out.reason
            where d.id = thing and d.record = wanted and d.withdrawn_at is null and d.submission is null
            returning (select p.email from portal.person p where p.id = d.added_by);
    else
        return query
            update portal.entry e set withdrawn_at = clock_timestamp(), withdrawn_reason = take_out.reason
            where e.id = thing and e.record = wanted and e.withdrawn_at is null and e.list = 'outcomes'
            returning (select p.email from portal.person p where p.id = e.author);
    end if;
end $$;

create or replace function portal.put_back(reference text, kind text, thing uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
    wanted uuid := priv.may_remove(reference);
begin
    if kind = 'document' then
        update portal.document d set withdrawn_at = null
        where d.id = thing and d.record = wanted and d.withdrawn_at is not null and d.purged_at is null;
    else
        update portal.entry e set withdrawn_at = null
        where e.id = thing and e.record = wanted and e.withdrawn_at is not null and e.list = 'outcomes';
    end if;
    return found;
end $$;

revoke execute on function
    priv.may_remove(text), portal.removable(text), portal.take_out(text, text, uuid, text), portal.put_back(text, text, uuid)
    from public;
grant execute on function
    portal.removable(text), portal.take_out(text, text, uuid, text), portal.put_back(text, text, uuid)
    to portal_p_senas, portal_p_ict;

reset role;
set local role portal_owner;

-- What SENAS or ICT took out, with a reason, its team does not put back: they do.
create policy taken_out on portal.entry as restrictive for update to portal_p_senco, portal_p_adviser
    using (withdrawn_reason = '');

reset role;
