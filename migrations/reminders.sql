-- For the portal's background work: what it needs to remind SENAS of dates, and nothing of a child but the reference.
-- Applied again, whole, whenever it changes.

set local role portal_definer;

-- Every request that is open, with its steps in their order, who co-ordinates it, and what advice was asked for: what still
-- waits and what was given, and nothing that was declined, passed on or taken back.
drop function if exists portal.open_cases();
create or replace function portal.open_cases() returns table (
    record uuid, reference text, status text, coordinator int, email text, steps jsonb, asked jsonb
)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select r.id, r.reference, r.status, r.coordinator, p.email,
               (select jsonb_agg(jsonb_build_object(
                           'id', s.id, 'kind', s.kind, 'on', s.happened_on, 'details', s.details,
                           'corrected', exists (select from portal.step c where c.corrects = s.id))
                        order by s.place, s.at)
                from portal.step s where s.record = r.id),
               (select jsonb_agg(jsonb_build_object(
                           'service', coalesce(a.team, q.team), 'on', (q.asked_at at time zone 'Europe/London')::date,
                           'due', q.due, 'statutory', q.statutory, 'request', coalesce(q.origin, q.id),
                           'given', case when q.state = 'done' then (q.ended_at at time zone 'Europe/London')::date end)
                        order by q.asked_at, q.id)
                from portal.advice_request q
                left join portal.person a on a.id = q.asked_of
                where q.record = r.id and q.state in ('asked', 'done'))
        from portal.record r
        left join portal.person p on p.id = r.coordinator
        where r.status in ('submitted', 'acknowledged', 'deciding', 'assessing', 'draft_plan')
        order by r.received_at, r.id;
end $$;

-- Who gets the week's overview: people of SENAS with an account that is open.
create or replace function portal.digest_people(week date) returns table (person int, name text, email text, role text)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select p.id, p.name, p.email, p.role
        from portal.person p
        join priv.account a on a.person = p.id
        where p.role in ('senas', 'manager') and p.email <> '' and a.disabled_at is null
          and not exists (select from portal.digest d where d.person = p.id and d.week = digest_people.week)
        order by p.id;
end $$;

-- True where nobody was reminded of this before.
create or replace function portal.remind(record uuid, deadline text, due date, stage int) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
    insert into portal.reminder (record, deadline, due, stage)
    values (remind.record, remind.deadline, remind.due, remind.stage)
    on conflict do nothing;
    return found;
end $$;

create or replace function portal.digest_once(person int, week date) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
    insert into portal.digest (person, week) values (digest_once.person, digest_once.week) on conflict do nothing;
    return found;
end $$;

revoke execute on function
    portal.open_cases(), portal.digest_people(date), portal.remind(uuid, text, date, int), portal.digest_once(int, date)
    from public;
grant usage on schema portal to portal_p_loop;
grant execute on function
    portal.open_cases(), portal.digest_people(date), portal.remind(uuid, text, date, int), portal.digest_once(int, date)
    to portal_p_loop;

reset role;
set local role portal_owner;
grant insert (recipient, subject, body) on portal.letter to portal_p_loop;
reset role;
