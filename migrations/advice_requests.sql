-- Asking a professional for advice lets them see that record; declining or passing it on ends that again, where nothing
-- else gave it. Applied again, whole, whenever it changes.

set local role portal_definer;

-- Whoever may be asked for advice: an adviser who can sign in.
create or replace function portal.advisers() returns setof int
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select p.id from portal.person p
        join priv.account a on a.person = p.id and a.disabled_at is null
        where p.role = 'adviser';
end $$;

-- Ask. The request's id; null where this person was asked for the same already, or cannot be asked.
create or replace function portal.advice_ask(wanted uuid, appendix text, of int, by_when date, say text) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
    it portal.record;
    made uuid;
    new_here boolean;
begin
    select r.* into it from portal.record r where r.id = wanted;
    if it.id is null or not ((priv.am_senas() and it.status <> 'draft') or it.setting = any (priv.my_settings())) then
        raise exception 'SENAS and the setting ask for advice' using errcode = 'insufficient_privilege';
    end if;
    if of not in (select portal.advisers()) then
        return null;
    end if;
    new_here := not exists (select from portal.involvement i where i.person = of and i.child = it.child);
    insert into portal.advice_request (record, setting, child, list, asked_of, asked_by, due, words, involves)
    values (it.id, it.setting, it.child, appendix, of, priv.me(), by_when, say, new_here)
    on conflict (record, list, asked_of) where state = 'asked' do nothing
    returning id into made;
    if made is not null and new_here then
        insert into portal.involvement (person, child, since) values (of, it.child, current_date);
    end if;
    return made;
end $$;

-- A waiting request ends: declined (no `to_whom`), or passed to somebody, for whom it begins with the same date. For the
-- functions that have asked who may do this, and for them only.
create or replace function portal.advice_move(it portal.advice_request, to_whom int, why text) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update portal.advice_request q
    set state = case when to_whom is null then 'declined' else 'passed' end, reason = why, ended_at = clock_timestamp()
    where q.id = it.id;
    if to_whom is not null then
        insert into portal.advice_request (record, setting, child, list, asked_of, asked_by, asked_at, due, words, involves)
        values (it.record, it.setting, it.child, it.list, to_whom, it.asked_by, it.asked_at, it.due, it.words,
                not exists (select from portal.involvement i where i.person = to_whom and i.child = it.child))
        on conflict (record, list, asked_of) where state = 'asked' do nothing;
        insert into portal.involvement (person, child, since) values (to_whom, it.child, current_date) on conflict do nothing;
    end if;
    if it.involves and not exists (
        select from portal.advice_request q where q.child = it.child and q.asked_of = it.asked_of and q.state = 'asked') then
        delete from portal.involvement i where i.person = it.asked_of and i.child = it.child;
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
    if to_whom is not null and not exists (
        select from portal.person p where p.id = to_whom and p.id in (select portal.advisers())
            and p.team = priv.my_team() and p.id <> priv.me()) then
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
    update portal.advice_request q set state = 'done', ended_at = clock_timestamp()
    where q.record = new.record and q.list = new.list and q.state = 'asked'
      and (q.asked_of = new.author
           or new.team = (select p.team from portal.person p where p.id = q.asked_of));
    return null;
end $$;

-- Requests whose date is near or past, each stage once: 7 days and 1 day before, and once when it is late. Where who was
-- asked can no longer sign in (`away`), the one who asked is told instead, once and at once; or, if they have left too,
-- the co-ordinator or the record's contact.
drop function if exists portal.advice_remind(date);
create or replace function portal.advice_remind(today date) returns table (
    email text, reference text, record uuid, list text, due date, away boolean
)
language plpgsql security definer set search_path = '' as $$
begin
    return query
        with open as (
            select a.person from priv.account a where a.disabled_at is null
        ), near as (
            select q.id, q.asked_of not in (select o.person from open o) as gone,
                   case when q.asked_of not in (select o.person from open o) then 0
                        when q.due < today then -1 when q.due - today <= 1 then 1 else 7 end as stage
            from portal.advice_request q
            where q.state = 'asked'
              and (q.due - today <= 7 or q.asked_of not in (select o.person from open o))
        ), told as (
            update portal.advice_request q set reminded = q.reminded || n.stage
            from near n where n.id = q.id and not n.stage = any (q.reminded)
            returning q.asked_of, q.asked_by, q.record, q.list, q.due, n.gone
        )
        select p.email, r.reference, t.record, t.list, t.due, t.gone
        from told t
        join portal.record r on r.id = t.record
        join portal.person p on p.id = case
            when not t.gone then t.asked_of
            when t.asked_by in (select o.person from open o) then t.asked_by
            when r.coordinator in (select o.person from open o) then r.coordinator
            when r.contact in (select o.person from open o) then r.contact end;
end $$;

revoke execute on function
    portal.advisers(), portal.advice_move(portal.advice_request, int, text),
    portal.advice_ask(uuid, text, int, date, text), portal.advice_end(uuid, int, text), portal.advice_given(),
    portal.advice_remind(date)
    from public;
grant execute on function portal.advisers() to portal_p_senco, portal_p_senas, portal_p_adviser;
grant execute on function portal.advice_given() to portal_owner;
grant execute on function portal.advice_ask(uuid, text, int, date, text) to portal_p_senco, portal_p_senas;
grant execute on function portal.advice_end(uuid, int, text) to portal_p_adviser;
grant execute on function portal.advice_remind(date) to portal_p_loop;

reset role;
set local role portal_owner;

create or replace trigger given after insert on portal.appendix for each row execute function portal.advice_given();
create or replace trigger audit after insert or update of state on portal.advice_request
    for each row execute function audit.write();

reset role;
