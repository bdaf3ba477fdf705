-- How long requests are kept, and their deletion. Applied again, whole, whenever it changes.
--
-- Nobody deletes a request: the portal's own background work does, one at a time, and only what this file finds due by
-- the database's own clock. What is open, on legal hold, or of a child with another open request is never due, and
-- nothing is deleted that has not been warned of for thirty days: what stops being due in between is warned of anew.

set local role portal_definer;

create or replace function priv.am_manager() returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
    return exists (select from portal.person p where p.id = priv.me() and p.role = 'manager');
end $$;

-- ---------------------------------------------------------------- when a request's time is over

-- The same day so many years later; after a 29 February, where there is none, 1 March.
create or replace function portal.years_after(start date, years int) returns date
language sql immutable set search_path = '' as $$
    select (start + make_interval(years => years))::date
           + (extract(day from start) <> extract(day from start + make_interval(years => years)))::int
$$;

-- The day on which it may be deleted. However long ago the child was born, what was sent to SENAS is kept two years from
-- the day it was closed, and a draft one from its last change: so long it is counted in figures and returns.
create or replace function portal.kept_until(outcome text, since text, years int, closed date, born date) returns date
language sql immutable set search_path = '' as $$
    -- years_after, written out: a call for each of thousands of requests takes longer than all the rest
    select max(later.day + (extract(day from v.start) <> extract(day from later.day))::int)
    from (values (case since when 'birth' then born else closed end, years),
                 (closed, case outcome when 'draft' then 1 else 2 end)) v (start, number)
    cross join lateral (select (v.start + make_interval(years => v.number))::date) later (day)
$$;

-- Every request that is not open, or that one: the rule it is kept under, when it was closed, when its time is over,
-- and what keeps it beyond that. A draft is closed by its last change, a plan by its end, or else by the 26th birthday:
-- no plan is maintained longer (Children and Families Act 2014, section 46).
create or replace function portal.retention(one uuid) returns table (
    record uuid, setting int, child uuid, reference text, outcome text, since text, years int, born date,
    closed_on date, due date, held boolean, open_beside boolean
)
language plpgsql stable security definer
set search_path = '' set plan_cache_mode = 'force_custom_plan'  -- one of them is another plan than all
as $$
begin
    return query
        with rules as (
            select distinct on (u.outcome) u.outcome, u.since, u.years
            from portal.retention_rule u
            order by u.outcome, u.id desc
        ), ended as materialized (
            select r.id, r.setting, r.child, r.reference, c.dob,
                   case when r.status in ('final_plan', 'ceased') then 'plan' else r.status end as outcome,
                   case r.status
                       when 'draft' then (greatest(
                           r.started_at,
                           (select max(a.saved_at) from portal.answer a where a.record = r.id),
                           (select max(greatest(e.added_at, e.withdrawn_at)) from portal.entry e
                            where e.record = r.id and e.list <> 'ersa'),
                           (select max(greatest(d.added_at, d.withdrawn_at)) from portal.document d where d.record = r.id)
                       ) at time zone 'Europe/London')::date
                       when 'final_plan' then portal.years_after(c.dob, 26)
                       else (select max(s.happened_on) from portal.step s
                             where s.record = r.id
                               and s.kind = case r.status when 'not_issue' then 'no_plan' when 'moved_out' then 'moved'
                                            else r.status end
                               and not exists (select from portal.step x where x.corrects = s.id))
                   end as closed
            from portal.record r
            join portal.child c on c.id = r.child
            where (one is null or r.id = one)
              and r.status in ('draft', 'withdrawn', 'moved_out', 'not_assess', 'not_issue', 'final_plan', 'ceased')
        )
        select e.id, e.setting, e.child, e.reference, e.outcome, u.since, u.years, e.dob, e.closed,
               portal.kept_until(e.outcome, u.since, u.years, e.closed, e.dob),
               exists (select from portal.hold h where h.record = e.id and h.lifted_at is null),
               exists (select from portal.record o
                       where o.child = e.child and o.id <> e.id
                         and o.status in ('draft', 'submitted', 'acknowledged', 'deciding', 'assessing', 'draft_plan'))
        from ended e
        join rules u on u.outcome = e.outcome
        where e.closed is not null;
end $$;

-- How one request is kept, for the people on it; no outcome as long as it is open. Whether it is on legal hold is for
-- SENAS alone.
create or replace function portal.retention_look(wanted uuid) returns table (
    outcome text, since text, years int, born date, closed_on date, due date, open_beside boolean, goes date, held boolean
)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select k.outcome, k.since, k.years, k.born, k.closed_on, k.due, k.open_beside, w.goes,
               priv.am_senas() and exists (select from portal.hold h where h.record = r.id and h.lifted_at is null)
        from portal.record r
        left join portal.retention(wanted) k on true
        left join portal.warning w on w.record = r.id
        where r.id = wanted
          and (r.setting = any (priv.my_settings()) or r.child = any (priv.my_children())
               or priv.am_senas() and r.status <> 'draft');
end $$;

-- How many requests of that outcome would come up within ninety days under such a rule; and how many do now.
create or replace function portal.retention_try(wanted text, from_when text, number int) returns table (would bigint, now bigint)
language plpgsql stable security definer set search_path = '' as $$
declare
    until date := (clock_timestamp() at time zone 'Europe/London')::date + 90;
begin
    if not priv.am_manager() then
        raise exception 'how long requests are kept is for a manager to say' using errcode = 'insufficient_privilege';
    end if;
    return query
        select count(*) filter (where portal.kept_until(k.outcome, from_when, number, k.closed_on, k.born) <= until),
               count(*) filter (where k.due <= until)
        from portal.retention(null) k
        where k.outcome = wanted and not k.held and not k.open_beside;
end $$;

-- ---------------------------------------------------------------- the loop: warn, write, delete

-- Bring the list of what comes up to what is due by now. A date that has come nearer begins the thirty days anew.
create or replace function portal.retention_warn() returns void
language plpgsql security definer set search_path = '' as $$
declare
    today date := (clock_timestamp() at time zone 'Europe/London')::date;
begin
    perform pg_advisory_xact_lock(hashtext('portal.retention'));
    with coming as materialized (
        select k.* from portal.retention(null) k where k.due <= today + 90 and not k.held and not k.open_beside
    ), gone as (
        delete from portal.warning w where not exists (select from coming k where k.record = w.record)
    )
    insert into portal.warning as w (record, setting, child, reference, outcome, since, years, closed_on, due, warned_on)
    select k.record, k.setting, k.child, k.reference, k.outcome, k.since, k.years, k.closed_on, k.due, today
    from coming k
    on conflict (record) do update
    set outcome = excluded.outcome, since = excluded.since, years = excluded.years, closed_on = excluded.closed_on,
        due = excluded.due,
        warned_on = case when excluded.due < w.due then today else w.warned_on end,
        told = case when excluded.due = w.due then w.told else '{}' end
    where (w.outcome, w.since, w.years, w.closed_on, w.due)
          is distinct from (excluded.outcome, excluded.since, excluded.years, excluded.closed_on, excluded.due);
end $$;

-- Whom to write to about what, each stage once: as soon as it is warned of, and fourteen days before it goes. Of a draft
-- its setting is told; else the managers and the co-ordinator. No address: there is nobody.
create or replace function portal.retention_tell() returns table (
    email text, record uuid, reference text, outcome text, since text, years int, goes date
)
language plpgsql security definer set search_path = '' as $$
declare
    today date := (clock_timestamp() at time zone 'Europe/London')::date;
begin
    perform pg_advisory_xact_lock(hashtext('portal.retention'));
    return query
        with near as (
            select w.record, case when w.goes - today <= 14 then 14 else 90 end as stage from portal.warning w
        ), told as (
            update portal.warning w set told = w.told || n.stage
            from near n
            where n.record = w.record and not n.stage = any (w.told)
            returning w.*
        )
        select people.email, t.record, t.reference, t.outcome, t.since, t.years, t.goes
        from told t
        join portal.record r on r.id = t.record
        left join lateral (
            select p.email
            from portal.person p
            join priv.account a on a.person = p.id and a.disabled_at is null
            where t.outcome <> 'draft' and p.email <> ''
              and (p.role = 'manager' or p.role = 'senas' and p.id = r.coordinator)
            union
            select p.email
            from portal.membership m
            join portal.person p on p.id = m.person
            where t.outcome = 'draft' and p.role = 'senco' and p.email <> '' and m.setting = r.setting
              and (r.contact is null or m.person = r.contact or not exists (
                       select from portal.membership c where c.setting = r.setting and c.person = r.contact))
        ) people on true
        order by t.goes, t.reference;
end $$;

-- What may go today.
create or replace function portal.retention_over(most int) returns table (record uuid, reference text)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select w.record, w.reference from portal.warning w
        where w.goes <= (clock_timestamp() at time zone 'Europe/London')::date
        order by w.goes, w.record
        limit most;
end $$;

create or replace function priv.may_erase(wanted uuid) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
    return exists (
        select from portal.warning w
        join portal.retention(wanted) k on k.record = w.record and k.due = w.due
        where w.record = wanted and not k.held and not k.open_beside
          and w.goes <= (clock_timestamp() at time zone 'Europe/London')::date);
end $$;

-- What stays of a request is written first, and only of one that is due: see priv.erasing for what follows from it.
create or replace function portal.erased_due() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if not priv.may_erase(new.record) then
        raise exception 'this request is not due to be deleted' using errcode = 'insufficient_privilege';
    end if;
    new.erased_at := clock_timestamp();
    new.transaction := pg_current_xact_id();
    return new;
end $$;

-- Delete a request that is due, with everything in it, and the child of whom there is no other. False where it is not
-- due (any more), or somebody works with it just now.
create or replace function portal.retention_erase(wanted uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
    it portal.record;
begin
    select r.* into it
    from portal.record r join portal.child c on c.id = r.child
    where r.id = wanted
    for update of r, c skip locked;
    if it.id is null then
        return false;
    end if;
    -- Nobody begins anything in it now: whatever is added refers to the record, an answer by its history. Who has begun to
    -- take something out is waited for, and looked at.
    perform from portal.entry e where e.record = wanted for update;
    perform from portal.document d where d.record = wanted for update;
    if not priv.may_erase(wanted) then
        return false;
    end if;
    insert into portal.erased (record, child, setting, reference, form, status, started_on, received_on, closed_on, steps,
                               outcome, since, years, warned_on)
    select it.id, it.child, it.setting, it.reference, it.form, it.status,
           (it.started_at at time zone 'Europe/London')::date, (it.received_at at time zone 'Europe/London')::date,
           case when it.status <> 'final_plan' then w.closed_on end,
           (select coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'on', s.happened_on) order by s.place, s.at), '[]')
            from portal.step s
            where s.record = it.id and s.kind <> 'void' and not exists (select from portal.step x where x.corrects = s.id)),
           w.outcome, w.since, w.years, w.warned_on
    from portal.warning w
    where w.record = wanted;
    delete from portal.look x where x.record = wanted;
    delete from portal.reminder x where x.record = wanted;
    delete from portal.warning x where x.record = wanted;
    delete from portal.hold x where x.record = wanted;
    delete from portal.advice_request x where x.record = wanted;
    delete from portal.invitation x where x.record = wanted;
    delete from portal.correction x where x.record = wanted;
    delete from portal.appendix x where x.record = wanted;
    delete from portal.document_request x where x.record = wanted;
    delete from portal.content x using portal.document d where d.id = x.document and d.record = wanted;
    delete from portal.document x where x.record = wanted;
    delete from portal.submission x where x.record = wanted;
    delete from portal.step x where x.record = wanted;
    delete from portal.answer x where x.record = wanted;
    delete from portal.history x where x.record = wanted;
    delete from portal.entry x where x.record = wanted;
    delete from portal.record x where x.id = wanted;
    if not exists (select from portal.record r where r.child = it.child) then
        delete from portal.involvement x where x.child = it.child;
        delete from portal.child x where x.id = it.child;
    end if;
    perform audit.note('record.erased', it.child, wanted);
    return true;
end $$;

-- What to say to whoever opens the old address: SENAS, the setting, and who has opened the record before.
create or replace function portal.erased_look(wanted uuid) returns table (
    reference text, outcome text, since text, years int, erased_on date
)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select e.reference, e.outcome, e.since, e.years, (e.erased_at at time zone 'Europe/London')::date
        from portal.erased e
        where e.record = wanted
          and (priv.am_senas() or e.setting = any (priv.my_settings())
               or exists (select from audit.event v
                          where v.child = e.child and v.record = e.record and v.person = priv.me()));
end $$;

-- ---------------------------------------------------------------- rules and holds: who and when is not for them to say

create or replace function portal.retention_set() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    before portal.retention_rule;
begin
    new.set_by := coalesce(priv.me(), new.set_by);
    new.set_at := clock_timestamp();
    select u.* into before from portal.retention_rule u where u.outcome = new.outcome order by u.id desc limit 1;
    perform audit.note('retention.changed', detail => jsonb_build_object(
        'name', case new.outcome
            when 'draft' then 'drafts' when 'withdrawn' then 'withdrawn requests'
            when 'moved_out' then 'requests of children who moved' when 'not_assess' then 'requests without assessment'
            when 'not_issue' then 'requests without a plan' else 'plans' end,
        'outcome', new.outcome, 'old', jsonb_build_array(before.since, before.years),
        'new', jsonb_build_array(new.since, new.years), 'reason', new.reason));
    return new;
end $$;

create or replace function portal.hold_placed() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if tg_op = 'INSERT' then
        new.placed_by := coalesce(priv.me(), new.placed_by);
        new.placed_at := clock_timestamp();
        delete from portal.warning w where w.record = new.record;  -- once it is lifted, the thirty days begin anew
    elsif new.lifted_reason <> old.lifted_reason then
        new.lifted_by := coalesce(priv.me(), new.lifted_by);
        new.lifted_at := clock_timestamp();
    end if;
    return new;
end $$;

revoke execute on function
    priv.am_manager(), portal.years_after(date, int), portal.kept_until(text, text, int, date, date),
    portal.retention(uuid), portal.retention_look(uuid), portal.retention_try(text, text, int),
    portal.retention_warn(), portal.retention_tell(), portal.retention_over(int), priv.may_erase(uuid),
    portal.erased_due(), portal.retention_erase(uuid), portal.erased_look(uuid),
    portal.retention_set(), portal.hold_placed()
    from public;
grant execute on function portal.erased_due(), portal.retention_set(), portal.hold_placed() to portal_owner;
grant execute on function priv.am_manager(), portal.retention_try(text, text, int) to portal_p_senas;
grant execute on function portal.retention_look(uuid), portal.erased_look(uuid)
    to portal_p_senco, portal_p_adviser, portal_p_senas;
grant execute on function
    portal.retention_warn(), portal.retention_tell(), portal.retention_over(int), portal.retention_erase(uuid)
    to portal_p_loop;

reset role;
set local role portal_owner;

create or replace trigger due before insert on portal.erased for each row execute function portal.erased_due();
create or replace trigger keep before update or delete on portal.erased for each row execute function audit.keep();
create or replace trigger keep_all before truncate on portal.erased execute function audit.keep();
create or replace trigger set before insert on portal.retention_rule for each row execute function portal.retention_set();
create or replace trigger keep before update or delete on portal.retention_rule for each row execute function audit.keep();
create or replace trigger keep_all before truncate on portal.retention_rule execute function audit.keep();
create or replace trigger placed before insert or update on portal.hold for each row execute function portal.hold_placed();
create or replace trigger audit after insert or update of lifted_reason on portal.hold
    for each row execute function audit.write();

-- ---------------------------------------------------------------- which rows

grant select, insert (outcome, since, years, reason) on portal.retention_rule to portal_p_senas;
create policy council on portal.retention_rule for select to portal_p_senas using ((select priv.am_senas()));
create policy manager on portal.retention_rule for insert to portal_p_senas with check ((select priv.am_manager()));

-- whoever of SENAS knows of a reason puts a hold on; a manager says that it is over
grant select, insert (record, setting, child, reason), update (lifted_reason) on portal.hold to portal_p_senas;
create policy council on portal.hold for select to portal_p_senas
    using ((select priv.am_senas()) and exists (select from portal.record r where r.id = record));
create policy council_new on portal.hold for insert to portal_p_senas
    with check ((select priv.am_senas()) and exists (select from portal.record r where r.id = record));
create policy manager_lift on portal.hold for update to portal_p_senas
    using ((select priv.am_manager()) and lifted_at is null and exists (select from portal.record r where r.id = record))
    with check (lifted_at is not null);

-- a draft's reference and dates are SENAS's to see here; what is in it is not
grant select on portal.warning to portal_p_senco, portal_p_adviser, portal_p_senas;
create policy own_setting on portal.warning for select to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]));
create policy involved on portal.warning for select to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[]));
create policy council on portal.warning for select to portal_p_senas using ((select priv.am_senas()));

grant select on portal.erased to portal_p_senas;
create policy council on portal.erased for select to portal_p_senas using ((select priv.am_senas()));

reset role;
