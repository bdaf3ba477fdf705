-- Corrections of what the register says about a child: asked for from the record, decided by SENAS or Education ICT.
-- Applied again, whole, whenever it changes.
--
-- ICT sees no child. For this one purpose it sees whose register entry is to be put right and how, as long as the
-- request waits; never an answer, and nothing any more once it is decided. A move to another setting is SENAS's.

set local role portal_definer;

-- One fact of the register as text: '2016-05-05', '3'; '' where there is none.
create or replace function portal.child_fact(child portal.child, field text) returns text
language plpgsql stable set search_path = '' as $$
begin
    return coalesce(to_jsonb(child) ->> field, '');
end $$;

-- Who asks and what the register says now are not for the asker to say.
create or replace function portal.correction_asked() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.asked_by := coalesce(priv.me(), new.asked_by);
    new.asked_at := clock_timestamp();
    select portal.child_fact(c, new.field) into new.old from portal.child c where c.id = new.child;
    return new;
end $$;

create or replace function priv.may_decide() returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
    return priv.am_senas() or priv.am_ict();
end $$;

-- The queue: what waits (oldest first), or what was decided (newest first, from `after` on), or one alone.
-- Settings come as their names. `now` is the register's present fact. `reachable`: this person may open the record.
create or replace function portal.correction_list(
    waiting boolean, one uuid, after uuid, most int
) returns table (
    id uuid, record uuid, child uuid, reference text, reachable boolean, decidable boolean, name text, setting text,
    field text, old text, new text, now text, reason text, asked_by text, asked_at timestamptz,
    state text, decided_by text, decided_at timestamptz, answer text
)
language plpgsql stable security definer set search_path = '' as $$
declare
    senas boolean := priv.am_senas();
begin
    if not priv.may_decide() then
        raise exception 'corrections are decided by SENAS and ICT' using errcode = 'insufficient_privilege';
    end if;
    return query
        select k.id, k.record, k.child, r.reference, senas and r.status <> 'draft',
               k.state = 'waiting' and (senas or k.field <> 'setting'),
               case when senas or k.state = 'waiting' then c.first_name || ' ' || c.surname end, s.name, k.field,
               case when senas or k.state = 'waiting' then
                   case k.field when 'setting' then (select x.name from portal.setting x where x.id = k.old::int)
                   else k.old end end,
               case when senas or k.state = 'waiting' then
                   case k.field when 'setting' then (select x.name from portal.setting x where x.id = k.new::int)
                   else k.new end end,
               case when senas or k.state = 'waiting' then
                   case k.field when 'setting' then s.name else portal.child_fact(c, k.field) end end,
               case when senas or k.state = 'waiting' then k.reason end,
               a.name, k.asked_at, k.state, d.name, k.decided_at,
               case when senas or k.state = 'waiting' then k.answer end
        from portal.correction k
        join portal.record r on r.id = k.record
        join portal.child c on c.id = k.child
        join portal.setting s on s.id = k.setting
        join portal.person a on a.id = k.asked_by
        left join portal.person d on d.id = k.decided_by
        where case when one is not null then k.id = one
                   when waiting then k.state = 'waiting'
                   else k.state <> 'waiting' and (after is null or (k.decided_at, k.id) < (
                       select x.decided_at, x.id from portal.correction x where x.id = after)) end
        order by case when k.state = 'waiting' then k.asked_at end, k.decided_at desc, k.id desc
        limit most;
end $$;

-- The request and the child, held until the transaction ends, for who is about to decide. No row: no such request.
create or replace function portal.correction_hold(correction uuid) returns table (
    id uuid, record uuid, reference text, field text, new text, state text, first_name text, middle_names text,
    surname text, asked_by text, email text, decided_by text
)
language plpgsql security definer set search_path = '' as $$
begin
    if not priv.may_decide() then
        raise exception 'corrections are decided by SENAS and ICT' using errcode = 'insufficient_privilege';
    end if;
    perform from portal.child c
    where c.id = (select k.child from portal.correction k where k.id = correction)
    for update;
    return query
        select k.id, k.record, r.reference, k.field, k.new, k.state, c.first_name, c.middle_names, c.surname,
               a.name, a.email, d.name
        from portal.correction k
        join portal.record r on r.id = k.record
        join portal.child c on c.id = k.child
        join portal.person a on a.id = k.asked_by
        left join portal.person d on d.id = k.decided_by
        where k.id = correction
        for update of k;
end $$;

-- Decide. What became of it:
--   applied, refused    as was decided            decided    somebody decided before
--   changed             the register says something else by now than when it was asked for
--   taken               another child has this UPN                closed     the setting has closed
-- Where it is neither applied nor refused, nothing has changed. `search` is the child's whole name as it will be, folded.
create or replace function portal.correction_decide(correction uuid, apply boolean, search text, answer text)
returns text
language plpgsql security definer set search_path = '' as $$
declare
    it portal.correction;
    they portal.child;
    verdict text := case when apply then 'applied' else 'refused' end;
begin
    if not priv.may_decide() then
        raise exception 'corrections are decided by SENAS and ICT' using errcode = 'insufficient_privilege';
    end if;
    select c.* into they
    from portal.child c
    where c.id = (select k.child from portal.correction k where k.id = correction)
    for update;
    select k.* into it from portal.correction k where k.id = correction for update;
    if it.state is distinct from 'waiting' then
        return 'decided';
    end if;
    if it.field = 'setting' and not priv.am_senas() then
        raise exception 'a move to another setting is decided by SENAS' using errcode = 'insufficient_privilege';
    end if;
    if apply then
        if portal.child_fact(they, it.field) <> it.old then
            return 'changed';
        end if;
        if it.field = 'setting' and not exists (
            select from portal.setting s where s.id = it.new::int and s.closed_on is null
        ) then
            return 'closed';
        end if;
        begin
            update portal.child c
            set first_name = case it.field when 'first_name' then it.new else c.first_name end,
                middle_names = case it.field when 'middle_names' then it.new else c.middle_names end,
                surname = case it.field when 'surname' then it.new else c.surname end,
                dob = case it.field when 'dob' then it.new::date else c.dob end,
                sex = case it.field when 'sex' then it.new else c.sex end,
                upn = case it.field when 'upn' then nullif(it.new, '') else c.upn end,
                address_line1 = case it.field when 'address_line1' then it.new else c.address_line1 end,
                address_line2 = case it.field when 'address_line2' then it.new else c.address_line2 end,
                address_line3 = case it.field when 'address_line3' then it.new else c.address_line3 end,
                address_line4 = case it.field when 'address_line4' then it.new else c.address_line4 end,
                postcode = case it.field when 'postcode' then it.new else c.postcode end,
                setting = case it.field when 'setting' then it.new::int else c.setting end,
                search = correction_decide.search,
                changed_at = clock_timestamp()
            where c.id = it.child;
        exception when unique_violation then
            return 'taken';
        end;
        if it.field = 'setting' then
            -- who was in charge at the setting before is not in charge any more
            update portal.record r set contact = null
            where r.child = it.child and exists (select from portal.person p where p.id = r.contact and p.role = 'senco')
              and not exists (select from portal.membership m where m.person = r.contact and m.setting = it.new::int);
        end if;
    end if;
    update portal.correction k
    set state = verdict, decided_by = priv.me(), decided_at = clock_timestamp(),
        answer = case when apply then '' else correction_decide.answer end
    where k.id = it.id;
    perform audit.note(case when apply then 'correction.applied' else 'correction.refused' end, it.child, it.record,
                       null, it.field, jsonb_build_object('correction', it.id));
    return verdict;
end $$;

revoke execute on function
    portal.child_fact(portal.child, text), portal.correction_asked(), priv.may_decide(),
    portal.correction_list(boolean, uuid, uuid, int), portal.correction_hold(uuid),
    portal.correction_decide(uuid, boolean, text, text)
    from public;
grant execute on function portal.correction_asked() to portal_owner;  -- who makes the trigger below
grant execute on function
    portal.correction_list(boolean, uuid, uuid, int), portal.correction_hold(uuid),
    portal.correction_decide(uuid, boolean, text, text)
    to portal_p_senas, portal_p_ict;

reset role;
set local role portal_owner;

create or replace trigger asked before insert on portal.correction for each row execute function portal.correction_asked();
create or replace trigger audit after insert on portal.correction for each row execute function audit.write();

reset role;
