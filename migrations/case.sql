-- The life of a request after its submission: steps are taken one by one, and the record's status follows from them.
-- Applied again, whole, whenever it changes.
--
-- Nobody writes a step but through these functions, and nobody changes one: a wrongly recorded step is stood in for or
-- taken back by a later row.

set local role portal_definer;

-- Where a step leads a request that is at `status`; null where it cannot be taken there. 'received' begins.
create or replace function portal.step_leads(kind text, status text) returns text
language sql immutable set search_path = '' as $$
    select case
        when kind in ('received', 'question', 'answer', 'coordinator', 'exception') then
            case when status <> 'draft' then status end
        when kind = 'appeal' then
            case when status in ('not_assess', 'assessing', 'not_issue', 'draft_plan', 'final_plan', 'ceased') then status end
        when kind in ('review', 'amended', 'placement') then case when status = 'final_plan' then status end
        when kind = 'receipt' then case when status = 'submitted' then 'acknowledged' end
        when kind = 'panel' then case when status in ('acknowledged', 'deciding') then 'deciding' end
        when kind = 'assess' then case when status in ('acknowledged', 'deciding', 'not_assess') then 'assessing' end
        when kind = 'not_assess' then case when status in ('acknowledged', 'deciding') then 'not_assess' end
        when kind = 'no_plan' then case when status in ('assessing', 'draft_plan') then 'not_issue' end
        when kind = 'make_plan' then case when status = 'not_issue' then 'assessing' end
        when kind = 'draft' then case when status in ('assessing', 'draft_plan', 'not_issue') then 'draft_plan' end
        when kind = 'final' then case when status = 'draft_plan' then 'final_plan' end
        when kind = 'ceased' then case when status = 'final_plan' then 'ceased' end
        when status in ('submitted', 'acknowledged', 'deciding', 'assessing', 'draft_plan') then
            case kind when 'withdrawn' then 'withdrawn' when 'moved' then 'moved_out' end
        when kind = 'moved' and status = 'final_plan' then 'moved_out'
    end
$$;

-- The status a record's steps lead to, none of them corrected or taken back; null where they are in no possible order.
create or replace function portal.step_status(record uuid) returns text
language plpgsql stable security definer set search_path = '' as $$
declare
    it portal.step;
    now_at text := 'submitted';
    day date := '-infinity';
begin
    for it in
        select s.* from portal.step s
        where s.record = step_status.record and s.kind <> 'void'
          and not exists (select from portal.step c where c.corrects = s.id)
        order by s.place, s.at
    loop
        if portal.step_leads(it.kind, now_at) <> now_at or it.kind in ('received', 'panel', 'draft') then
            if it.happened_on < day then
                return null;
            end if;
            day := it.happened_on;
        end if;
        if it.kind in ('review', 'amended') and it.happened_on < day then
            return null;
        end if;
        now_at := portal.step_leads(it.kind, now_at);
        if now_at is null then
            return null;
        end if;
    end loop;
    return now_at;
end $$;

-- Take a step. What became of it: the step's id as text, or why nothing was done:
--   order    the steps would be in no possible order        day      before the request was received, or in the future
--   gone     the step to correct is corrected already, or is not one of this record
--   live     the child has another request that is not over: this one cannot be opened again
create or replace function portal.step_take(
    record uuid, kind text, happened_on date, reason text, details jsonb, corrects uuid
) returns text
language plpgsql security definer set search_path = '' as $$
declare
    it portal.record;
    former portal.step;
    made uuid;
    now_at text;
begin
    select r.* into it from portal.record r where r.id = step_take.record for update;
    if it.id is null or it.status = 'draft' or kind = 'received'
       or not (case when kind = 'answer' then it.setting = any (priv.my_settings()) else priv.am_senas() end) then
        raise exception 'this step is not theirs to take' using errcode = 'insufficient_privilege';
    end if;
    if happened_on > (clock_timestamp() at time zone 'Europe/London')::date
       or happened_on < (it.received_at at time zone 'Europe/London')::date then
        return 'day';
    end if;
    if corrects is not null then
        select s.* into former from portal.step s where s.id = step_take.corrects;
        if former.record is distinct from it.id or former.kind in ('received', 'void')
           or kind not in (former.kind, 'void')
           or exists (select from portal.step s where s.corrects = former.id) then
            return 'gone';
        end if;
    end if;
    if kind = 'answer' and not exists (
        select from portal.step s
        where s.id::text = step_take.details ->> 'question' and s.record = it.id and s.kind = 'question'
          and not exists (select from portal.step c where c.corrects = s.id)
          and not exists (select from portal.step a where a.kind = 'answer' and a.details ->> 'question' = s.id::text)
    ) then
        return 'gone';
    end if;
    begin
        insert into portal.step (record, setting, child, kind, happened_on, author, reason, details, corrects, place)
        values (it.id, it.setting, it.child, kind, happened_on, priv.me(), reason, details, corrects,
                coalesce(former.place, clock_timestamp()))
        returning id into made;
        now_at := portal.step_status(it.id);
        if now_at is null then
            raise exception using errcode = 'P0002';
        end if;
        update portal.record r
        set status = now_at,
            coordinator = case when 'coordinator' not in (kind, coalesce(former.kind, '')) then r.coordinator else (
                select (s.details ->> 'person')::int from portal.step s
                where s.record = it.id and s.kind = 'coordinator'
                  and not exists (select from portal.step c where c.corrects = s.id)
                order by s.place desc limit 1) end,
            acknowledged_at = case when 'receipt' not in (kind, coalesce(former.kind, '')) then r.acknowledged_at else (
                select max(s.at) from portal.step s
                where s.record = it.id and s.kind = 'receipt'
                  and not exists (select from portal.step c where c.corrects = s.id)) end
        where r.id = it.id;
        if 'exception' in (kind, coalesce(former.kind, '')) then
            perform portal.advice_dates(it.id);
        end if;
    exception
        when no_data_found then return 'order';
        when unique_violation then return 'live';
    end;
    return made;
end $$;

-- Who is written to about a request: at its setting (whoever is in charge there, else every SENCO), its co-ordinator,
-- and the advisers who are involved with the child. Nobody for who may take no step of it.
create or replace function portal.case_people(record uuid) returns table (part text, person int, email text)
language plpgsql stable security definer set search_path = '' as $$
declare
    it portal.record;
begin
    select r.* into it from portal.record r where r.id = case_people.record and r.status <> 'draft';
    if it.id is null or not (priv.am_senas() or it.setting = any (priv.my_settings())) then
        return;
    end if;
    return query
        select f.part, p.id, p.email
        from (
            select 'setting' as part, m.person as who
            from portal.membership m
            where m.setting = it.setting
              and (it.contact is null or m.person = it.contact or not exists (
                       select from portal.membership c where c.setting = it.setting and c.person = it.contact))
            union all
            select 'coordinator', it.coordinator
            union all
            select 'adviser', i.person from portal.involvement i where i.child = it.child
        ) f
        join portal.person p on p.id = f.who
        where p.email <> '' and (f.part <> 'setting' or p.role = 'senco');
end $$;

-- Of exceptions to time limits what an adviser is told, who may not read what has happened: which regulation, and until when.
-- Without it the dates they see would not be those of everybody else. Nothing for who sees the step itself.
create or replace function portal.step_moved(records uuid[]) returns table (
    record uuid, id uuid, happened_on date, at timestamptz, place timestamptz, details jsonb
)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select s.record, s.id, s.happened_on, s.at, s.place,
               jsonb_strip_nulls(jsonb_build_object(
                   'regulation', s.details -> 'regulation', 'limit', s.details -> 'limit',
                   'whose', s.details -> 'whose', 'request', s.details -> 'request', 'instead', s.details -> 'instead'))
        from portal.step s
        where s.record = any (records) and s.kind = 'exception' and s.child = any (priv.my_children())
          and exists (select from portal.person p where p.id = priv.me() and p.role = 'adviser')
          and not exists (select from portal.step c where c.corrects = s.id);
end $$;

create or replace function portal.step_received() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    insert into portal.step (record, setting, child, kind, happened_on, author, at, place)
    values (new.record, new.setting, new.child, 'received', (new.received_at at time zone 'Europe/London')::date,
            new.submitted_by, new.received_at, new.received_at);
    return null;
end $$;

-- Everybody of SENAS with their team, and whether they can still be given a case: whoever has left cannot.
create or replace function portal.coordinators()
returns table (id int, name text, job_title text, team text, here boolean)
language plpgsql stable security definer set search_path = '' as $$
begin
    if not priv.am_senas() then
        raise exception 'only SENAS sees whom a case can be given to' using errcode = 'insufficient_privilege';
    end if;
    return query
        select p.id, p.name, p.job_title, p.team,
               exists (select from priv.account a where a.person = p.id and a.disabled_at is null)
        from portal.person p
        where p.role in ('senas', 'manager')
        order by p.name, p.id;
end $$;

revoke execute on function
    portal.step_leads(text, text), portal.step_status(uuid),
    portal.step_take(uuid, text, date, text, jsonb, uuid), portal.case_people(uuid), portal.step_moved(uuid[]),
    portal.step_received(), portal.coordinators()
    from public;
grant execute on function portal.coordinators() to portal_p_senas;
grant execute on function portal.step_received() to portal_owner;  -- who makes the trigger below
grant execute on function
    portal.step_take(uuid, text, date, text, jsonb, uuid), portal.case_people(uuid)
    to portal_p_senas, portal_p_senco;
grant execute on function portal.step_moved(uuid[]) to portal_p_senco, portal_p_adviser, portal_p_senas;

reset role;
set local role portal_owner;

create or replace trigger received after insert on portal.submission for each row execute function portal.step_received();
create or replace trigger audit after insert on portal.step for each row execute function audit.write();
create or replace trigger keep before update of kind, happened_on, author, at, reason, details, corrects, place or delete
    on portal.step for each row execute function audit.keep_record();
create or replace trigger keep_all before truncate on portal.step execute function audit.keep();

-- ---------------------------------------------------------------- which rows

grant select on portal.step to portal_p_senco, portal_p_adviser, portal_p_senas;
create policy own_setting on portal.step for select to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]));
-- an exception may say what has happened in a family; what it disputes with the council is between the two
create policy involved on portal.step for select to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[]) and kind not in ('exception', 'appeal'));
create policy council on portal.step for select to portal_p_senas
    using ((select priv.am_senas()) and exists (select from portal.record r where r.id = record));

grant select, insert (person, record), update (since, at) on portal.look to portal_p_senas;
create policy own on portal.look to portal_p_senas
    using (person = (select priv.me()) and (select priv.am_senas()))
    with check (person = (select priv.me()) and (select priv.am_senas())
                and exists (select from portal.record r where r.id = record));
-- what nobody of SENAS has read yet is new in the queue of all of them
create policy council on portal.look for select to portal_p_senas using ((select priv.am_senas()));

reset role;
