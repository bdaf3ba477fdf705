-- What ICT may do to people's accounts, and nothing of a child but a record's reference and its setting. Applied
-- again, whole, whenever it changes.
--
-- Every function here asks first whether ICT is there, and leaves on the audit trail who did what to whom and why.
-- Nobody is ever deleted, so that authorship stands.

set local role portal_definer;

create or replace function priv.ict_only() returns void
language plpgsql stable security definer set search_path = '' as $$
begin
    if not priv.am_ict() then
        raise exception 'only ICT looks after accounts' using errcode = 'insufficient_privilege';
    end if;
end $$;

-- One line for the audit trail. For the functions below only.
create or replace function priv.ict_did(action text, whom int, detail jsonb default '{}') returns void
language plpgsql security definer set search_path = '' as $$
begin
    perform audit.note(action, detail => jsonb_build_object('whom', whom) || detail);
end $$;

-- Before somebody of ICT is shut out: two who do it to each other at the same moment are held apart, so that the second
-- is found to be nobody of ICT any more. Somebody always remains who can let others in.
create or replace function priv.ict_stays(person int) returns void
language plpgsql security definer set search_path = '' as $$
begin
    if exists (select from portal.person p where p.id = ict_stays.person and p.role = 'ict') then
        perform pg_advisory_xact_lock(hashtext('priv.ict_stays'));
        perform priv.ict_only();
    end if;
end $$;

-- Some acts are not for oneself: nobody locks themselves out, or checks themselves.
create or replace function priv.not_oneself(person int) returns void
language plpgsql stable security definer set search_path = '' as $$
begin
    if person = priv.me() then
        raise exception 'this is for a colleague to do' using errcode = 'insufficient_privilege';
    end if;
end $$;

create or replace function priv.is_live(status text) returns boolean
language sql immutable set search_path = '' as $$
    select status not in ('not_assess', 'not_issue', 'final_plan', 'withdrawn', 'moved_out', 'ceased')
$$;

-- 'none' without an account, 'waiting' until the first sign-in, 'on' or 'off'. For the functions below only.
create or replace function priv.account_state(it priv.account) returns text
language sql stable set search_path = '' as $$
    select case when it.person is null then 'none' when it.disabled_at is not null then 'off'
                when it.signed_in_at is null then 'waiting' else 'on' end
$$;

-- Words as they are searched for: in lower case, without accents and apostrophes, each after a space.
create or replace function priv.plain(text text) returns text
language sql immutable set search_path = '' as $$
    select ' ' || regexp_replace(lower(regexp_replace(normalize(text, NFKD), '[\u0300-\u036f''’]', '', 'g')),
                                 '[^[:alnum:]]+', ' ', 'g')
$$;

-- ---------------------------------------------------------------- finding people

-- People in order of their names, each with how many were found. Every one of `words` (patterns) is in the name, the
-- address, the user name or a setting's name.
create or replace function priv.people(words text[], role text, setting int, state text, after int, most int)
returns table (id int, name text, email text, job_title text, role_of text, team text, username text, state_of text,
               signed_in_at timestamptz, settings text[], total bigint)
language plpgsql stable security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    return query
        with found as materialized (
            select p.id, p.name, p.email, p.job_title, p.role, p.team, a.username, priv.account_state(a) as state,
                   a.signed_in_at
            from portal.person p
            left join priv.account a on a.person = p.id
            where (people.role is null or p.role = people.role)
              and (people.state is null or priv.account_state(a) = people.state)
              and (people.setting is null
                   or exists (select from portal.membership m where m.person = p.id and m.setting = people.setting))
              and (words = '{}'
                   or (p.search || coalesce(priv.plain(a.username), '') || coalesce(
                          (select string_agg(priv.plain(s.name), '')
                           from portal.membership m
                           join portal.setting s on s.id = m.setting
                           where m.person = p.id), '')) like all (words))
        )
        select f.id, f.name, f.email, f.job_title, f.role, f.team, f.username, f.state, f.signed_in_at,
               array(select s.name
                     from portal.membership m
                     join portal.setting s on s.id = m.setting
                     where m.person = f.id
                     order by s.name),
               (select count(*) from found)
        from found f
        where people.after is null
           or (lower(f.name), f.id) > (select lower(p.name), p.id from portal.person p where p.id = people.after)
        order by lower(f.name), f.id
        limit most;
end $$;

-- One person and their account, locked by whoever is to change it.
drop function if exists priv.person_look(int);
create or replace function priv.person_look(person int)
returns table (id int, name text, email text, phone text, job_title text, role text, team text, username text,
               state text, temporary boolean, temporary_until timestamptz, enrolled boolean, disabled_at timestamptz,
               signed_in_at timestamptz, sessions bigint, contact_of bigint, coordinates bigint, involved bigint,
               asked bigint)
language plpgsql stable security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    return query
        select p.id, p.name, p.email, p.phone, p.job_title, p.role, p.team, a.username, priv.account_state(a),
               coalesce(a.temporary, false), a.temporary_until, a.seed is not null, a.disabled_at, a.signed_in_at,
               (select count(*) from priv.session s
                where s.person = p.id and s.stage = 'full' and s.ended_at is null and s.ends_at > clock_timestamp()
                  and s.seen_at + s.idle > clock_timestamp()),
               (select count(*) from portal.record r where r.contact = p.id and priv.is_live(r.status)),
               (select count(*) from portal.record r where r.coordinator = p.id and priv.is_live(r.status)),
               (select count(*) from portal.involvement i where i.person = p.id),
               (select count(*) from portal.advice_request q where q.asked_of = p.id and q.state = 'asked')
        from portal.person p
        left join priv.account a on a.person = p.id
        where p.id = person_look.person;
end $$;

-- ---------------------------------------------------------------- adding and changing people

-- The settings of a person, as they should be from now on. For the functions below only.
create or replace function priv.person_settings(person int, settings int[]) returns void
language plpgsql security definer set search_path = '' as $$
begin
    delete from portal.membership m where m.person = person_settings.person and m.setting <> all (settings);
    insert into portal.membership (person, setting)
    select person_settings.person, s from unnest(settings) s
    on conflict do nothing;
end $$;

-- A new person, without an account yet. Whom a demo's ICT adds belongs to the demo.
create or replace function priv.person_add(
    name text, email text, phone text, job_title text, role text, team text, search text, settings int[]
) returns int
language plpgsql security definer set search_path = '' as $$
declare
    made int;
begin
    perform priv.ict_only();
    insert into portal.person (name, email, phone, job_title, role, team, search, demo)
    values (person_add.name, person_add.email, person_add.phone, person_add.job_title, person_add.role,
            person_add.team, person_add.search, (select p.demo from portal.person p where p.id = priv.me()))
    returning id into made;
    perform priv.person_settings(made, settings);
    perform priv.ict_did('person_added', made, jsonb_build_object('role', role, 'team', team, 'settings', settings));
    return made;
end $$;

-- The address before, null where there is no such person. Another role ends the person's sessions: their pages were
-- those of the role before.
create or replace function priv.person_change(
    person int, name text, email text, phone text, job_title text, role text, team text, search text, settings int[]
) returns text
language plpgsql security definer set search_path = '' as $$
declare
    before portal.person;
    after portal.person;
    places_before int[];
    changes jsonb;
begin
    perform priv.ict_only();
    select p.* into before from portal.person p where p.id = person_change.person for update;
    if before.id is null then
        return null;
    end if;
    if before.role <> person_change.role then
        perform priv.not_oneself(person);
        perform priv.ict_stays(person);
        perform priv.session_end_all(person);
    end if;
    places_before := array(select m.setting from portal.membership m
                           where m.person = person_change.person order by m.setting);
    update portal.person p
    set name = person_change.name, email = person_change.email, phone = person_change.phone,
        job_title = person_change.job_title, role = person_change.role, team = person_change.team,
        search = person_change.search
    where p.id = person_change.person
    returning p.* into after;
    perform priv.person_settings(person, settings);
    if lower(before.email) <> lower(after.email) then
        perform priv.links_end(person, unlocking => true);
    end if;
    select coalesce(jsonb_object_agg(b.key, jsonb_build_array(b.value, a.value)), '{}') into changes
    from jsonb_each(to_jsonb(before) - 'search') b
    join jsonb_each(to_jsonb(after) - 'search') a on a.key = b.key and a.value <> b.value;
    settings := array(select m.setting from portal.membership m
                      where m.person = person_change.person order by m.setting);
    if places_before <> settings then
        changes := changes || jsonb_build_object('settings', jsonb_build_array(places_before, settings));
    end if;
    if changes <> '{}' then
        perform priv.ict_did('person_changed', person, jsonb_build_object('changes', changes));
    end if;
    return before.email;
end $$;

-- ---------------------------------------------------------------- accounts

-- An account with a password that only leads to choosing one's own. A user name that is taken raises a unique
-- violation.
create or replace function priv.account_open(person int, username text, password text, until timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    insert into priv.account (person, username, password, temporary, temporary_until)
    values (account_open.person, account_open.username, account_open.password, true, until);
    perform priv.ict_did('account_opened', person);
end $$;

-- That user name, or with the first number after it that nobody has yet. The first for functions only.
create or replace function priv.username_unused(start text) returns text
language plpgsql stable security definer set search_path = '' as $$
begin
    return (select start || case when n > 1 then n::text else '' end
            from generate_series(1, 10000) n
            where not exists (select from priv.account a
                              where lower(a.username) = lower(start || case when n > 1 then n::text else '' end))
            order by n
            limit 1);
end $$;

create or replace function priv.username_free(start text) returns text
language plpgsql stable security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    return priv.username_unused(start);
end $$;

-- A temporary password in place of the present one, which is worth nothing from now on. False without an account.
create or replace function priv.password_issue(person int, password text, until timestamptz, reason text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    perform priv.not_oneself(person);
    update priv.account a
    set password = password_issue.password, temporary = true, temporary_until = until
    where a.person = password_issue.person;
    if not found then
        return false;
    end if;
    perform priv.session_end_all(person);
    perform priv.links_end(person, unlocking => false);
    perform priv.ict_did('password_issued', person, jsonb_build_object('reason', reason));
    return true;
end $$;

create or replace function priv.account_disable(person int, reason text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    perform priv.not_oneself(person);
    perform priv.ict_stays(person);
    update priv.account a set disabled_at = clock_timestamp()
    where a.person = account_disable.person and a.disabled_at is null;
    if not found then
        return false;
    end if;
    perform priv.session_end_all(person);
    perform priv.links_end(person, unlocking => true);
    perform priv.ict_did('account_disabled', person, jsonb_build_object('reason', reason));
    return true;
end $$;

create or replace function priv.account_enable(person int, reason text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    update priv.account a set disabled_at = null
    where a.person = account_enable.person and a.disabled_at is not null;
    if not found then
        return false;
    end if;
    perform priv.ict_did('account_enabled', person, jsonb_build_object('reason', reason));
    return true;
end $$;

-- Forget somebody's authenticator, so that they can scan a QR code again, and end their sessions. `step` is the time
-- step of ICT's own code, good once: 'used' where it, or a later one, has been given before; null without an account.
create or replace function priv.account_reset(person int, step bigint, reason text) returns text
language plpgsql security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    perform priv.not_oneself(person);
    update priv.account a set last_step = step where a.person = priv.me() and a.last_step < step;
    if not found then
        return 'used';
    end if;
    update priv.account a set seed = null, seed_pending = null where a.person = account_reset.person;
    if not found then
        return null;
    end if;
    perform priv.session_end_all(person);
    perform priv.links_end(person, unlocking => false);
    perform priv.ict_did('account_reset', person, jsonb_build_object('reason', reason));
    return 'reset';
end $$;

-- How full the buckets that begin so are, and since how many seconds.
create or replace function priv.buckets(starts text[])
returns table (key text, level double precision, age double precision)
language plpgsql stable security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    return query
        select b.key, b.level, extract(epoch from clock_timestamp() - b.at)::double precision
        from priv.bucket b
        where exists (select from unnest(starts) s where starts_with(b.key, s));
end $$;

create or replace function priv.account_unlock(person int, starts text[], reason text) returns void
language plpgsql security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    delete from priv.bucket b where exists (select from unnest(starts) s where starts_with(b.key, s));
    perform priv.ict_did('account_unlocked', person, jsonb_build_object('reason', reason));
end $$;

-- ---------------------------------------------------------------- leavers

-- Whether somebody can take over the children of a person who advises: an adviser of the same team, or of any where that
-- person advises no more and is of no team. For the functions below only.
create or replace function priv.advises_for(it portal.person, other portal.person) returns boolean
language sql immutable set search_path = '' as $$
    select coalesce(other.role = 'adviser' and (it.role <> 'adviser' or other.team = it.team), false)
$$;

-- Whether somebody can take over advice asked of a person: of who works at a school, a colleague at the setting it is asked
-- of; else as above, also of who advised before they came to a school.
create or replace function priv.gives_for(it portal.person, other portal.person, setting int) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
    if it.role = 'senco' and other.role = 'senco' then
        return exists (select from portal.membership m where m.person = other.id and m.setting = gives_for.setting);
    end if;
    return priv.advises_for(it, other) and not exists (
        select from portal.membership m
        where it.role = 'senco' and m.person = it.id and m.setting = gives_for.setting);
end $$;

-- Who could take over something of what a person does: with an account, and of the right role and setting or team.
create or replace function priv.successors(person int)
returns table (id int, name text, job_title text, settings text[])
language plpgsql stable security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    return query
        select p.id, p.name, p.job_title,
               array(select s.name
                     from portal.membership m
                     join portal.setting s on s.id = m.setting
                     where m.person = p.id and p.role = 'senco'
                     order by s.name)
        from portal.person it
        join portal.person p on p.id <> it.id
        join priv.account a on a.person = p.id and a.disabled_at is null
        where it.id = successors.person
          and (p.role = 'senco' and exists (
                   select from portal.record r
                   join portal.membership m on m.person = p.id and m.setting = r.setting
                   where r.contact = it.id and priv.is_live(r.status))
               or priv.advises_for(it, p) and exists (select from portal.involvement i where i.person = it.id)
               or exists (select from portal.advice_request q
                          where q.asked_of = it.id and q.state = 'asked' and priv.gives_for(it, p, q.setting))
               or p.role in ('senas', 'manager') and exists (
                   select from portal.record r where r.coordinator = it.id and priv.is_live(r.status)))
        order by lower(p.name), p.id;
end $$;

-- How much a person could see to no longer with that role and at those settings.
create or replace function priv.stranded(person int, role text, settings int[])
returns table (contact_of bigint, coordinates bigint, involved bigint, asked bigint)
language plpgsql stable security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    return query
        select (select count(*) from portal.record r
                where r.contact = stranded.person and priv.is_live(r.status)
                  and (stranded.role <> 'senco' or r.setting <> all (settings))),
               (select count(*) from portal.record r
                where r.coordinator = stranded.person and priv.is_live(r.status)
                  and stranded.role not in ('senas', 'manager')),
               (select count(*) from portal.involvement i
                where i.person = stranded.person and stranded.role <> 'adviser'),
               (select count(*) from portal.advice_request q
                join portal.person p on p.id = q.asked_of
                where q.asked_of = stranded.person and q.state = 'asked' and stranded.role <> 'adviser'
                  and not (p.role = 'senco' and stranded.role = 'senco' and q.setting = any (settings)));
end $$;

-- All of a person's live work by reference and setting, and whether that colleague can take it over. Of advice that
-- was asked of them, also the record, by when, and the address of whoever asked.
drop function if exists priv.hand_over_list(int, int);
create or replace function priv.hand_over_list(person int, colleague int)
returns table (kind text, id uuid, reference text, setting text, moves boolean, record uuid, due date, asker text)
language plpgsql stable security definer set search_path = '' as $$
declare
    it portal.person;
    other portal.person;
    advises boolean;
begin
    perform priv.ict_only();
    select p.* into it from portal.person p where p.id = hand_over_list.person;
    select p.* into other
    from portal.person p
    join priv.account a on a.person = p.id and a.disabled_at is null
    where p.id = colleague and p.id <> it.id;
    advises := priv.advises_for(it, other);
    return query
        select 'contact', r.id, r.reference, s.name,
               coalesce(other.role = 'senco', false)
               and exists (select from portal.membership m where m.person = other.id and m.setting = r.setting),
               r.id, null::date, null::text
        from portal.record r
        join portal.setting s on s.id = r.setting
        where r.contact = it.id and priv.is_live(r.status)
        union all
        select 'coordinator', r.id, r.reference, s.name, coalesce(other.role in ('senas', 'manager'), false),
               r.id, null, null
        from portal.record r
        join portal.setting s on s.id = r.setting
        where r.coordinator = it.id and priv.is_live(r.status)
        union all
        select 'involved', c.id, r.reference, s.name, advises, null, null, null
        from portal.involvement i
        join portal.child c on c.id = i.child
        join portal.setting s on s.id = c.setting
        left join portal.record r on r.child = c.id and priv.is_live(r.status)
        where i.person = it.id
        union all
        select 'advice', q.id, r.reference, s.name, priv.gives_for(it, other, q.setting), r.id, q.due,
               (select b.email from portal.person b
                join priv.account a on a.person = b.id and a.disabled_at is null
                where b.id = q.asked_by)
        from portal.advice_request q
        join portal.record r on r.id = q.record
        join portal.setting s on s.id = r.setting
        where q.asked_of = it.id and q.state = 'asked'
        order by 1, 4, 3, 2;
end $$;

-- Hand those over that `kinds` and `ids` name side by side and that the colleague can take. How many moved.
create or replace function priv.hand_over(person int, colleague int, kinds text[], ids uuid[], reason text) returns int
language plpgsql security definer set search_path = '' as $$
declare
    it record;
    moved int := 0;
    told jsonb := jsonb_build_object('whom', person, 'to', colleague, 'reason', reason);
begin
    perform priv.ict_only();
    for it in
        select l.kind, l.id, l.record, r.child
        from priv.hand_over_list(person, colleague) l
        join unnest(kinds, ids) as wanted (kind, id) on wanted.kind = l.kind and wanted.id = l.id
        left join portal.record r on r.id = l.record
        where l.moves
        order by l.kind = 'advice'      -- last: what is handed over itself does not hang on a request
    loop
        if it.kind = 'contact' then
            update portal.record r set contact = colleague where r.id = it.id and r.contact = person;
        elsif it.kind = 'coordinator' then
            update portal.record r set coordinator = colleague where r.id = it.id and r.coordinator = person;
        elsif it.kind = 'advice' then
            perform portal.advice_move(q, colleague, '') from portal.advice_request q
            where q.id = it.id and q.asked_of = person and q.state = 'asked' for update;
        else
            insert into portal.involvement (person, child) values (colleague, it.id) on conflict do nothing;
            delete from portal.involvement i where i.person = hand_over.person and i.child = it.id;
        end if;
        perform audit.note('handed_over', child => coalesce(it.child, it.id), record => it.record,
                           detail => told || jsonb_build_object('kind', it.kind));
        moved := moved + 1;
    end loop;
    return moved;
end $$;

-- Whoever starts a record is its contact, until it is handed over.
create or replace function portal.first_contact() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.contact := coalesce(new.contact, priv.me(), new.started_by);
    return new;
end $$;

revoke execute on function
    priv.ict_only(), priv.ict_did(text, int, jsonb), priv.not_oneself(int), priv.is_live(text),
    priv.account_state(priv.account), priv.plain(text), priv.people(text[], text, int, text, int, int), priv.person_look(int),
    priv.person_settings(int, int[]), priv.person_add(text, text, text, text, text, text, text, int[]),
    priv.person_change(int, text, text, text, text, text, text, text, int[]),
    priv.account_open(int, text, text, timestamptz), priv.username_unused(text), priv.username_free(text),
    priv.password_issue(int, text, timestamptz, text), priv.ict_stays(int),
    priv.account_disable(int, text), priv.account_enable(int, text),
    priv.account_reset(int, bigint, text), priv.buckets(text[]), priv.account_unlock(int, text[], text),
    priv.advises_for(portal.person, portal.person), priv.gives_for(portal.person, portal.person, int), priv.successors(int), priv.stranded(int, text, int[]),
    priv.hand_over_list(int, int), priv.hand_over(int, int, text[], uuid[], text), portal.first_contact()
    from public;

grant execute on function
    priv.people(text[], text, int, text, int, int), priv.person_look(int),
    priv.person_add(text, text, text, text, text, text, text, int[]),
    priv.person_change(int, text, text, text, text, text, text, text, int[]),
    priv.account_open(int, text, text, timestamptz), priv.username_free(text),
    priv.password_issue(int, text, timestamptz, text),
    priv.account_disable(int, text), priv.account_enable(int, text),
    priv.account_reset(int, bigint, text), priv.buckets(text[]), priv.account_unlock(int, text[], text),
    priv.successors(int), priv.stranded(int, text, int[]), priv.hand_over_list(int, int),
    priv.hand_over(int, int, text[], uuid[], text)
    to portal_p_ict;
grant execute on function portal.first_contact() to portal_owner;  -- who makes the trigger below

reset role;
set local role portal_owner;

create or replace trigger contact before insert on portal.record for each row execute function portal.first_contact();

reset role;
