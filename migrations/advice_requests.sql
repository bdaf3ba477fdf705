-- Asking for advice, and what somebody sees who is asked and not involved with the child otherwise: as long as the
-- request is open and needed, whose child it is, the personal details, the appendix asked for and the outcomes of their own
-- team; the ERSA and what is available to all where the request says so; afterwards their own advice and nothing else.
-- Applied again, whole, whenever it changes.

set local role portal_definer;

drop function if exists portal.advisers();
drop function if exists priv.advice_needed(portal.advice_request);

-- ---------------------------------------------------------------- what am I asked for

-- Whether anybody still waits for what is asked: the request for an assessment is being written, or is not over.
create or replace function priv.advice_needed(wanted uuid) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
    return exists (select from portal.record r
                   where r.id = wanted and r.withdrawn_at is null
                     and r.status in ('draft', 'submitted', 'acknowledged', 'deciding', 'assessing', 'draft_plan'));
end $$;

-- What is asked of me, as far as it lets me see anything. Where the assessment is over it lets nobody see who has written
-- nothing; who has begun keeps sight of what they wrote, so that no word is lost that was typed as it ended, and of no more.
create or replace function priv.asked_of_me() returns table (child uuid, record uuid, list text, whole boolean)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select q.child, q.record, q.list, q.whole and n.needed
        from portal.advice_request q
        cross join lateral (select priv.advice_needed(q.record) as needed) n
        where q.asked_of = priv.me() and q.state = 'asked'
          and (n.needed or exists (select from portal.entry e
                                   where e.record = q.record and e.list = q.list and e.team = priv.my_team()));
end $$;

create or replace function priv.asked_children() returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
begin
    return (select coalesce(array_agg(q.child), '{}') from priv.asked_of_me() q);
end $$;

-- The records; those of which all may be read where `wholly`.
create or replace function priv.asked_records(wholly boolean) returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
begin
    return (select coalesce(array_agg(q.record), '{}') from priv.asked_of_me() q where q.whole or not wholly);
end $$;

-- The appendices of each record, as "record list".
create or replace function priv.asked_lists() returns text[]
language plpgsql stable security definer set search_path = '' as $$
begin
    return (select coalesce(array_agg(q.record || ' ' || q.list), '{}') from priv.asked_of_me() q);
end $$;

-- The outcomes there that are said to be my team's, whoever wrote them.
create or replace function priv.asked_outcomes() returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
begin
    return (select coalesce(array_agg(e.id), '{}')
            from portal.entry e
            join portal.answer a on a.entry = e.id and a.field = 'team' and a.value = priv.my_team()
            where e.list = 'outcomes' and e.record = any (priv.asked_records(false)));
end $$;

-- How much of a record who is signed in sees: 'all' that their persona does, the 'whole' request they are asked about, or
-- only what they are 'asked' for.
create or replace function priv.sight(record uuid, child uuid) returns text
language plpgsql stable security definer set search_path = '' as $$
begin
    return case
        when not exists (select from portal.person p where p.id = priv.me() and p.role = 'adviser') then 'all'
        when child = any (priv.my_children()) then 'all'
        when record = any (priv.asked_records(true)) then 'whole'
        else 'asked' end;
end $$;

-- The fields of the tab Personal details, as in record/personal.py; the others of that tab are the register's.
create or replace function priv.personal_fields() returns text[]
language sql immutable set search_path = '' as $$
    select '{preferred_name,former_names,gender_identity,upn_unknown,former_upn,uln,nhs_number,ethnicity,
        religion,religion_other,first_language,first_language_other,home_languages,date_arrival_uk,
        no_fixed_abode,phone,mobile,email,gp_name,gp_address,looked_after,looked_after_la,
        previously_looked_after,child_in_need,child_protection,early_help,early_help_doc,youth_justice,rya,
        forces_family,court_orders}'::text[]
$$;

-- ---------------------------------------------------------------- asking

-- Who may be asked on this record, of these teams: advisers, and the people of the child's setting, who can sign in.
-- For whoever may ask, and for whoever is asked and passes it on.
create or replace function portal.advice_people(wanted uuid, teams text[])
returns table (id int, name text, team text, email text, role text)
language plpgsql stable security definer set search_path = '' as $$
declare
    it portal.record;
begin
    select r.* into it from portal.record r where r.id = wanted;
    if it.id is null or not ((priv.am_senas() and it.status <> 'draft') or it.setting = any (priv.my_settings())
                             or it.id = any (priv.asked_records(false))) then
        return;
    end if;
    return query
        select p.id, p.name, p.team, p.email, p.role
        from portal.person p
        join priv.account a on a.person = p.id and a.disabled_at is null
        where p.team = any (teams) and p.id <> priv.me()
          and (p.role = 'adviser'
               or (p.role = 'senco' and exists (select from portal.membership m
                                                where m.person = p.id and m.setting = it.setting)))
        order by p.team, p.name, p.id;
end $$;

-- Whether what I ask for on this record now has the law's six weeks: SENAS asks, and has decided to assess.
create or replace function priv.advice_statutory(wanted uuid) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
    return priv.am_senas() and exists (
        select from portal.record r where r.id = wanted and r.status in ('assessing', 'draft_plan'));
end $$;

-- The date such a request has: six weeks from the day in England it was asked, or what an exception of its own allows.
-- record/advice.py says why, and tells how a date came about.
create or replace function priv.advice_due(it portal.advice_request) returns date
language plpgsql stable security definer set search_path = '' as $$
begin
    return case when not it.statutory then it.due else greatest(
        (it.asked_at at time zone 'Europe/London')::date + 42,
        (select max((s.details ->> 'instead')::date) from portal.step s
         where s.record = it.record and s.kind = 'exception' and s.details ->> 'regulation' = '8(2)'
           and coalesce(s.details ->> 'request' = coalesce(it.origin, it.id)::text,
                        s.details ->> 'whose' = coalesce((select p.team from portal.person p where p.id = it.asked_of), it.team))
           and not exists (select from portal.step c where c.corrects = s.id))) end;
end $$;

-- Count the dates of a record's requests anew: an exception was recorded or taken back. For portal.step_take.
create or replace function portal.advice_dates(wanted uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update portal.advice_request q set due = priv.advice_due(q), reminded = '{}'
    where q.record = wanted and q.due <> priv.advice_due(q);
end $$;

-- Ask a person, or (no `of`) a team. `teams` are those that write this appendix. The request and its date; no row where the
-- same was asked already, or cannot be asked of them.
drop function if exists portal.advice_ask(uuid, text, int, text, date, text, boolean, text[]);
create or replace function portal.advice_ask(
    wanted uuid, appendix text, of int, of_team text, by_when date, say text, wholly boolean, teams text[]
) returns table (id uuid, due date)
language plpgsql security definer set search_path = '' as $$
declare
    it portal.record;
    at timestamptz := clock_timestamp();
    lawful boolean := priv.advice_statutory(wanted);
begin
    select r.* into it from portal.record r where r.id = wanted;
    if it.id is null or not ((priv.am_senas() and it.status <> 'draft') or it.setting = any (priv.my_settings())) then
        raise exception 'SENAS and the setting ask for advice' using errcode = 'insufficient_privilege';
    end if;
    if not priv.advice_needed(wanted) then
        return;
    end if;
    if of is not null and of not in (select p.id from portal.advice_people(wanted, teams) p)
       or of is null and (of_team = '' or of_team <> all (teams)) then
        return;
    end if;
    return query
        insert into portal.advice_request as q (record, setting, child, list, asked_of, team, asked_by, asked_at, due, words,
                                                whole, statutory)
        values (it.id, it.setting, it.child, appendix, of, case when of is null then of_team else '' end, priv.me(), at,
                case when lawful then (at at time zone 'Europe/London')::date + 42 else by_when end, say, wholly, lawful)
        on conflict do nothing
        returning q.id, q.due;
end $$;

-- Who can give what is asked for: whom it is asked of, or everybody of the team that is; an adviser, or somebody of the
-- child's setting, who can sign in. For the functions of this file.
create or replace function priv.advice_asked(it portal.advice_request) returns table (person int, email text)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select p.id, p.email
        from portal.person p
        join priv.account a on a.person = p.id and a.disabled_at is null
        where (p.id = it.asked_of or (it.asked_of is null and p.team = it.team))
          and (p.role = 'adviser'
               or (p.role = 'senco' and exists (select from portal.membership m
                                                where m.person = p.id and m.setting = it.setting)));
end $$;

-- Whether an open request waits for somebody who can no longer give it, or for a team of which nobody can.
create or replace function portal.advice_away(wanted uuid) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
    return exists (select from portal.advice_request q
                   where q.id = wanted and q.state = 'asked' and not exists (select from priv.advice_asked(q)));
end $$;

-- Is this mine to take back or change: I asked, or a colleague in SENAS or of the setting did.
create or replace function priv.asked_by_us(it portal.advice_request) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
    return (select case when p.role in ('senas', 'manager') then priv.am_senas() else it.setting = any (priv.my_settings()) end
            from portal.person p where p.id = it.asked_by);
end $$;

create or replace function portal.advice_told(wanted uuid) returns setof text
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select a.email from portal.advice_request q, priv.advice_asked(q) a
        where q.id = wanted and q.state in ('asked', 'cancelled') and priv.asked_by_us(q);
end $$;

-- Another date, unless the law sets it, or how much of the record may be read. The date it has; null where it is no longer
-- open.
drop function if exists portal.advice_change(uuid, date, boolean);
create or replace function portal.advice_change(wanted uuid, by_when date, wholly boolean) returns date
language plpgsql security definer set search_path = '' as $$
declare
    day date;
begin
    update portal.advice_request q
    set due = case when q.statutory then q.due else by_when end, whole = wholly,
        reminded = case when q.statutory or q.due = by_when then q.reminded else '{}' end
    where q.id = wanted and q.state = 'asked' and priv.asked_by_us(q)
    returning q.due into day;
    return day;
end $$;

-- Take a request back: from then on nobody sees anything by it. False where it is no longer open.
create or replace function portal.advice_cancel(wanted uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
    update portal.advice_request q set state = 'cancelled', ended_at = clock_timestamp()
    where q.id = wanted and q.state = 'asked' and priv.asked_by_us(q);
    return found;
end $$;

-- ---------------------------------------------------------------- being asked

-- What is asked of me, and of my team as long as nobody has taken it and it is needed; then what I gave. `mine` is false for
-- the team's, `open` where I cannot open its record.
drop function if exists portal.advice_mine();
create or replace function portal.advice_mine() returns table (
    id uuid, record uuid, child uuid, reference text, name text, dob date, setting text, list text, due date,
    statutory boolean, words text, asked_by text, asked_at timestamptz, needed boolean, open boolean, mine boolean,
    document uuid, given_at timestamptz
)
language plpgsql stable security definer set search_path = '' as $$
declare
    me portal.person;
begin
    select p.* into me from portal.person p where p.id = priv.me() and p.role in ('adviser', 'senco');
    return query
        select q.id, q.record, q.child, r.reference, c.first_name || ' ' || c.surname, c.dob, s.name, q.list, q.due,
               q.statutory, q.words, b.name, q.asked_at, n.needed,
               q.record = any (priv.asked_records(false)) or q.child = any (priv.my_children())
                   or q.setting = any (priv.my_settings()),
               q.asked_of is not null, null::uuid, null::timestamptz
        from portal.advice_request q
        cross join lateral (select priv.advice_needed(q.record) as needed) n
        join portal.record r on r.id = q.record
        join portal.child c on c.id = q.child
        join portal.setting s on s.id = q.setting
        join portal.person b on b.id = q.asked_by
        where q.state = 'asked'
          and (q.asked_of = me.id
               or (q.asked_of is null and n.needed and q.team = me.team
                   and (me.role = 'adviser' or q.setting = any (priv.my_settings()))))
        union all
        select a.id, a.record, a.child, r.reference, c.first_name || ' ' || c.surname, c.dob, s.name, a.list, null,
               false, '', '', null, false, false, true, a.document, a.submitted_at
        from portal.appendix a
        join portal.record r on r.id = a.record
        join portal.child c on c.id = a.child
        join portal.setting s on s.id = a.setting
        join portal.document d on d.id = a.document and d.withdrawn_at is null
        where a.author = me.id and a.replaced_at is null;
end $$;

-- Take what my team was asked for. The record; null where a colleague was faster, or I am asked for the same already.
create or replace function portal.advice_take(wanted uuid) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
    it uuid;
begin
    update portal.advice_request q set asked_of = priv.me()
    where q.id = wanted and q.asked_of is null and q.state = 'asked'
      and exists (select from portal.advice_mine() m where m.id = q.id)
    returning q.record into it;
    return it;
exception
    when unique_violation then return null;
end $$;

-- A waiting request ends: declined (no `to_whom`), or passed to somebody, for whom its clock runs on: the same date. For the
-- functions that have asked who may do this, and for them only.
create or replace function portal.advice_move(it portal.advice_request, to_whom int, why text) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update portal.advice_request q
    set state = case when to_whom is null then 'declined' else 'passed' end, reason = why, ended_at = clock_timestamp()
    where q.id = it.id;
    if to_whom is not null then
        insert into portal.advice_request (record, setting, child, list, asked_of, asked_by, asked_at, due, words, team, whole,
                                           statutory, origin)
        values (it.record, it.setting, it.child, it.list, to_whom, it.asked_by, it.asked_at, it.due, it.words, it.team,
                it.whole, it.statutory, coalesce(it.origin, it.id))
        on conflict do nothing;
    end if;
end $$;

-- Decline (no `to_whom`) or pass on to a colleague of the same team. Who is to be told, or no row where it is too late.
create or replace function portal.advice_end(wanted uuid, to_whom int, why text) returns table (email text, passed_to text)
language plpgsql security definer set search_path = '' as $$
declare
    it portal.advice_request;
begin
    select q.* into it from portal.advice_request q
    where q.id = wanted and q.asked_of = priv.me() and q.state = 'asked' for update;
    if it.id is null then
        return;
    end if;
    if to_whom is not null and to_whom not in (
        select p.id from portal.advice_people(it.record, array[priv.my_team()]) p) then
        return;
    end if;
    perform portal.advice_move(it, to_whom, why);
    return query
        select (select p.email from portal.person p where p.id = it.asked_by),
               (select p.email from portal.person p where p.id = to_whom);
end $$;

-- Advice that was submitted answers the request for it.
create or replace function portal.advice_given() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    update portal.advice_request q set state = 'done', ended_at = clock_timestamp(),
           asked_of = coalesce(q.asked_of, new.author)
    where q.record = new.record and q.list = new.list and q.state = 'asked'
      and (q.asked_of = new.author
           or new.team = coalesce((select p.team from portal.person p where p.id = q.asked_of), q.team));
    return null;
end $$;

-- Requests whose date is near or past, each stage once: 7 days and 1 day before, and once when it is late. Where nobody is
-- left who could give it (`away`), the one who asked is told instead, once and at once; or, if they have left too, the
-- co-ordinator or the record's contact. `taken` is false where a team is asked, of whom nobody has taken it.
drop function if exists portal.advice_remind(date);
create or replace function portal.advice_remind(today date) returns table (
    email text, reference text, record uuid, list text, due date, away boolean, taken boolean
)
language plpgsql security definer set search_path = '' as $$
begin
    return query
        with open as (
            select a.person from priv.account a where a.disabled_at is null
        ), waiting as (
            select q.id, portal.advice_away(q.id) as gone from portal.advice_request q where q.state = 'asked'
        ), near as (
            select w.id, w.gone,
                   case when w.gone then 0 when q.due < today then -1 when q.due - today <= 1 then 1 else 7 end as stage
            from waiting w
            join portal.advice_request q on q.id = w.id
            where priv.advice_needed(q.record) and (q.due - today <= 7 or w.gone)
        ), told as (
            update portal.advice_request q set reminded = q.reminded || n.stage
            from near n where n.id = q.id and not n.stage = any (q.reminded)
            returning q.id, q.asked_of, q.asked_by, q.record, q.list, q.due, n.gone
        )
        select p.email, r.reference, t.record, t.list, t.due, t.gone, t.asked_of is not null
        from told t
        join portal.record r on r.id = t.record
        join portal.advice_request q on q.id = t.id
        cross join lateral (
            select a.person from priv.advice_asked(q) a where not t.gone
            union all
            select case
                when t.asked_by in (select o.person from open o) then t.asked_by
                when r.coordinator in (select o.person from open o) then r.coordinator
                when r.contact in (select o.person from open o) then r.contact end
            where t.gone
        ) whom
        join portal.person p on p.id = whom.person;
end $$;

revoke execute on function
    priv.asked_children(), priv.asked_records(boolean), priv.asked_lists(), priv.asked_outcomes(), priv.sight(uuid, uuid),
    priv.personal_fields(), priv.advice_statutory(uuid), priv.advice_due(portal.advice_request), portal.advice_dates(uuid),
    priv.advice_needed(uuid), priv.asked_of_me(),
    priv.advice_asked(portal.advice_request), priv.asked_by_us(portal.advice_request), portal.advice_people(uuid, text[]),
    portal.advice_ask(uuid, text, int, text, date, text, boolean, text[]), portal.advice_told(uuid),
    portal.advice_away(uuid), portal.advice_change(uuid, date, boolean), portal.advice_cancel(uuid), portal.advice_mine(), portal.advice_take(uuid),
    portal.advice_move(portal.advice_request, int, text), portal.advice_end(uuid, int, text), portal.advice_given(),
    portal.advice_remind(date)
    from public;
grant execute on function portal.advice_given() to portal_owner;
grant execute on function priv.asked_children(), priv.asked_records(boolean), priv.asked_lists(), priv.asked_outcomes(),
    priv.personal_fields()
    to portal_p_adviser;
grant execute on function priv.sight(uuid, uuid) to portal_p_senco, portal_p_adviser, portal_p_senas;
grant execute on function portal.advice_people(uuid, text[]), portal.advice_away(uuid) to portal_p_senco, portal_p_adviser, portal_p_senas;
grant execute on function priv.advice_statutory(uuid) to portal_p_senco, portal_p_adviser, portal_p_senas;
grant execute on function portal.advice_ask(uuid, text, int, text, date, text, boolean, text[]), portal.advice_told(uuid),
    portal.advice_change(uuid, date, boolean), portal.advice_cancel(uuid) to portal_p_senco, portal_p_senas;
grant execute on function portal.advice_mine(), portal.advice_take(uuid), portal.advice_end(uuid, int, text)
    to portal_p_senco, portal_p_adviser;
grant execute on function portal.advice_remind(date) to portal_p_loop;

reset role;
set local role portal_owner;

create or replace trigger given after insert on portal.appendix for each row execute function portal.advice_given();
create or replace trigger audit after insert or update of state, asked_of, whole on portal.advice_request
    for each row execute function audit.write();

-- ---------------------------------------------------------------- which rows, to who is asked and not involved

create policy asked on portal.child for select to portal_p_adviser
    using (id = any ((select priv.asked_children())::uuid[]));
create policy asked on portal.record for select to portal_p_adviser
    using (id = any ((select priv.asked_records(false))::uuid[]));
create policy asked_of on portal.advice_request for select to portal_p_adviser
    using (asked_of = (select priv.me()) or record = any ((select priv.asked_records(true))::uuid[]));

create policy asked on portal.entry for select to portal_p_adviser
    using (record = any ((select priv.asked_records(true))::uuid[])
           or (record = any ((select priv.asked_records(false))::uuid[])
               and (list = 'ersa' or (list = 'outcomes' and team = (select priv.my_team()))
                    or id = any ((select priv.asked_outcomes())::uuid[])
                    or record || ' ' || list = any ((select priv.asked_lists())::text[]))));
create policy asked_new on portal.entry for insert to portal_p_adviser
    with check (record = any ((select priv.asked_records(false))::uuid[])
                and (list = 'outcomes' or record || ' ' || list = any ((select priv.asked_lists())::text[])));
create policy asked_change on portal.entry for update to portal_p_adviser
    using (record = any ((select priv.asked_records(false))::uuid[]) and team = (select priv.my_team())
           and (list = 'outcomes' or record || ' ' || list = any ((select priv.asked_lists())::text[])))
    with check (record = any ((select priv.asked_records(false))::uuid[]));

-- of an entry that may be seen all answers, but of the ERSA's own the personal details
create policy asked on portal.answer for select to portal_p_adviser
    using (record = any ((select priv.asked_records(true))::uuid[])
           or (record = any ((select priv.asked_records(false))::uuid[])
               and exists (select from portal.entry e
                           where e.id = entry and (e.list <> 'ersa' or field = any (priv.personal_fields())))));
create policy asked on portal.history for select to portal_p_adviser
    using (record = any ((select priv.asked_records(true))::uuid[])
           or (record = any ((select priv.asked_records(false))::uuid[])
               and exists (select from portal.entry e
                           where e.id = entry and (e.list <> 'ersa' or field = any (priv.personal_fields())))));
create policy asked_new on portal.answer for insert to portal_p_adviser
    with check (record = any ((select priv.asked_records(false))::uuid[])
                and exists (select from portal.entry e
                            where e.id = entry and e.record = answer.record and e.withdrawn_at is null
                              and e.team = (select priv.my_team())
                              and (e.list = 'outcomes'
                                   or e.record || ' ' || e.list = any ((select priv.asked_lists())::text[]))));
create policy asked_change on portal.answer for update to portal_p_adviser
    using (record = any ((select priv.asked_records(false))::uuid[])
           and exists (select from portal.entry e
                       where e.id = entry and e.withdrawn_at is null and e.team = (select priv.my_team())
                         and (e.list = 'outcomes'
                              or e.record || ' ' || e.list = any ((select priv.asked_lists())::text[]))));

create policy asked on portal.submission for select to portal_p_adviser
    using (record = any ((select priv.asked_records(true))::uuid[]));
create policy asked on portal.document for select to portal_p_adviser
    using ((record = any ((select priv.asked_records(true))::uuid[]) and availability = 'all' and withdrawn_at is null)
           or (record = any ((select priv.asked_records(false))::uuid[]) and added_by = (select priv.me())
               and (withdrawn_at is null or withdrawn_by = (select priv.me()))));
create policy asked_new on portal.document for insert to portal_p_adviser
    with check (record = any ((select priv.asked_records(false))::uuid[]) and submission is null);
create policy asked_withdraw on portal.document for update to portal_p_adviser
    using (record = any ((select priv.asked_records(false))::uuid[]) and added_by = (select priv.me())
           and withdrawn_at is null and exists (select from portal.record r where r.id = record and r.status = 'draft'))
    with check (withdrawn_at is not null);
create policy asked_restore on portal.document for update to portal_p_adviser
    using (record = any ((select priv.asked_records(false))::uuid[]) and withdrawn_by = (select priv.me())
           and purged_at is null and exists (select from portal.record r where r.id = record and r.status = 'draft'))
    with check (withdrawn_at is null);
create policy asked on portal.appendix for select to portal_p_adviser
    using (record = any ((select priv.asked_records(true))::uuid[])
           or (record = any ((select priv.asked_records(false))::uuid[]) and team = (select priv.my_team())));

-- and for good
create policy own on portal.appendix for select to portal_p_adviser using (author = (select priv.me()));
create policy own_advice on portal.document for select to portal_p_adviser
    using (withdrawn_at is null
           and exists (select from portal.appendix a where a.document = document.id
                         and (a.author = (select priv.me()) or document.added_by = (select priv.me()))));

reset role;
