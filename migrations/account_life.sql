-- What people do about their own accounts without asking ICT. Applied again, whole, whenever it changes.
--
-- At the door there is only the errand: a row, whoever is asked about. The loop finds out whether there is such an
-- account, and writes the letter. An account sleeps once nobody has signed in for so many days: then a forgotten
-- password is for ICT to replace.

set local role portal_definer;

-- ---------------------------------------------------------------- errands

create or replace function priv.errand_add(kind text, username text, address inet) returns void
language plpgsql security definer set search_path = '' as $$
begin
    insert into priv.errand (kind, username, address)
    values (errand_add.kind, left(errand_add.username, 200), errand_add.address);
end $$;

-- The oldest errand, which is thereby done unless the transaction fails; no row when there is none. `state` is
-- 'none' without such an account, 'off' when disabled, 'new' before the first sign-in, 'asleep' or 'awake'.
create or replace function priv.errand_take(awake interval)
returns table (kind text, person int, username text, name text, email text, state text, left_codes bigint)
language plpgsql security definer set search_path = '' as $$
declare
    it priv.errand;
    a priv.account;
    found_state text;
begin
    delete from priv.errand e
    where e.id = (select o.id from priv.errand o order by o.id limit 1 for update skip locked)
    returning e.* into it;
    if it.id is null then
        return;
    end if;
    select o.* into a from priv.account o where lower(o.username) = lower(it.username);
    found_state := case when a.person is null then 'none' when a.disabled_at is not null then 'off'
                        when a.signed_in_at is null then 'new'
                        when a.signed_in_at < clock_timestamp() - awake then 'asleep' else 'awake' end;
    if it.kind = 'forgot' then
        insert into audit.event (person, address, action, detail)
        values (a.person, it.address, 'password_forgotten',
                case when found_state = 'awake' then '{}' else jsonb_build_object('why', found_state) end);
    elsif starts_with(it.kind, 'slowed') then
        insert into audit.event (person, address, action, detail)
        values (a.person, it.address, 'sign_in_slowed',
                case when a.person is null then '{"why": "name"}'
                     when it.kind = 'slowed_code' then '{"why": "code"}' else '{}' end::jsonb);
    end if;
    return query
        select it.kind, a.person, a.username, p.name, p.email, found_state,
               (select count(*) from priv.recovery_code c where c.person = a.person and c.used_at is null)
        from (select 1) one
        left join portal.person p on p.id = a.person;
end $$;

-- A letter to a person's address, where they have one. For the loop.
create or replace function priv.account_letter(person int, subject text, body text) returns void
language plpgsql security definer set search_path = '' as $$
begin
    insert into portal.letter (recipient, subject, body)
    select p.email, account_letter.subject, account_letter.body
    from portal.person p
    where p.id = account_letter.person and p.email <> '';
end $$;

-- A link for a forgotten password. It ends with its time or when the account falls asleep, whichever is first.
create or replace function priv.forgot_link_make(person int, token bytea, life interval, awake interval) returns void
language plpgsql security definer set search_path = '' as $$
begin
    perform priv.password_link_make(person, token, life);
    update priv.password_link l
    set ends_at = least(l.ends_at, a.signed_in_at + awake)
    from priv.account a
    where l.token_hash = token and a.person = l.person;
end $$;

-- Accounts that are about to fall asleep, each told once for every number of `days` (most first) before it. The
-- rows are those to be told now; `told` days before is the letter that is due.
create or replace function priv.falling_asleep(awake interval, days int[], most int)
returns table (person int, username text, name text, asleep_at timestamptz)
language plpgsql security definer set search_path = '' as $$
begin
    return query
        with due as (
            select a.person, a.signed_in_at + awake as at,
                   (select count(*) from unnest(days) d
                    where a.signed_in_at + awake - make_interval(days => d) <= clock_timestamp())::int as step
            from priv.account a
            where a.disabled_at is null
              and a.signed_in_at is not null
              and a.signed_in_at + awake > clock_timestamp()
              and a.sleep_told < (select count(*) from unnest(days) d
                                  where a.signed_in_at + awake - make_interval(days => d) <= clock_timestamp())
            limit most
            for update of a skip locked
        ), told as (
            update priv.account a set sleep_told = due.step
            from due
            where a.person = due.person
            returning a.person, a.username, due.at
        )
        select t.person, t.username, p.name, t.at
        from told t
        join portal.person p on p.id = t.person
        where p.email <> '';
end $$;

-- ---------------------------------------------------------------- let in again after others' wrong tries

create or replace function priv.unlock_link_make(person int, token bytea, life interval) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update priv.unlock_link l set used_at = clock_timestamp()
    where l.person = unlock_link_make.person and l.used_at is null;
    insert into priv.unlock_link (token_hash, person, ends_at)
    values (token, unlock_link_make.person, clock_timestamp() + life);
end $$;

create or replace function priv.unlock_link_look(token bytea)
returns table (person int, username text)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select a.person, a.username
        from priv.unlock_link l
        join priv.account a on a.person = l.person
        where l.token_hash = token and l.used_at is null and l.ends_at > clock_timestamp() and a.disabled_at is null;
end $$;

-- Empty the buckets that begin so. False where the link cannot be used (any more).
create or replace function priv.unlock_link_use(token bytea, starts text[], address inet) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
    whose int;
begin
    select l.person into whose from priv.unlock_link_look(token) l;
    update priv.unlock_link l set used_at = clock_timestamp()
    where l.token_hash = token and l.person = whose and l.used_at is null;
    if not found then
        return false;
    end if;
    delete from priv.bucket b where exists (select from unnest(starts) s where starts_with(b.key, s));
    insert into audit.event (person, address, action) values (whose, unlock_link_use.address, 'unlocked_by_mail');
    return true;
end $$;

-- ---------------------------------------------------------------- recovery codes at the door

-- The second authenticator's secret, where this session is waiting for a code and there is one.
create or replace function priv.second_seed(token bytea) returns bytea
language plpgsql security definer set search_path = '' as $$
declare
    it priv.session := priv.session_live(token);
begin
    return (select a.seed_second from priv.account a where a.person = it.person and it.stage = 'code');
end $$;

-- A recovery code in place of the authenticator's signs the person in, once; the loop tells them. False, and nothing
-- has changed, where it is none of theirs or has been used.
create or replace function priv.recovery_use(
    token bytea, new_token bytea, code_hash bytea, idle interval, life interval
) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
    it priv.session := priv.session_live(token);
begin
    if it.stage is distinct from 'code' then
        return false;
    end if;
    update priv.recovery_code c set used_at = clock_timestamp()
    where c.person = it.person and c.code_hash = recovery_use.code_hash and c.used_at is null;
    if not found then
        return false;
    end if;
    update priv.account a set signed_in_at = clock_timestamp() where a.person = it.person;
    insert into priv.errand (kind, username, address)
    select 'recovery_used', a.username, it.address from priv.account a where a.person = it.person;
    perform priv.session_replace(it, new_token, 'full', idle, life);
    insert into audit.event (person, address, action)
    values (it.person, it.address, 'recovery_code_used'), (it.person, it.address, 'signed_in');
    return true;
end $$;

-- ---------------------------------------------------------------- signed in: my own account

create or replace function priv.my_token() returns bytea
language plpgsql stable security definer set search_path = '' as $$
begin
    return sha256(convert_to(nullif(current_setting('app.tok', true), ''), 'UTF8'));
end $$;

-- `codes` are the recovery codes left; `first_codes` says that they may be made without a code, just after enrolling.
create or replace function priv.my_account()
returns table (person int, name text, email text, username text, enrolled_at timestamptz, second_at timestamptz,
               codes bigint, first_codes boolean, seed bytea, seed_second bytea, seconds double precision)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select a.person, p.name, p.email, a.username, a.enrolled_at, a.second_at,
               (select count(*) from priv.recovery_code c where c.person = a.person and c.used_at is null),
               coalesce(a.enrolled_at > clock_timestamp() - interval '30 minutes', false)
               and not exists (select from priv.recovery_code c where c.person = a.person),
               a.seed, a.seed_second, extract(epoch from clock_timestamp())::double precision
        from priv.account a
        join portal.person p on p.id = a.person
        where a.person = priv.me();
end $$;

-- Somebody signed in shows anew that it is they: by the time step of a right code, or by a recovery code. Each is
-- good once. For the functions below only.
create or replace function priv.prove_me(step bigint, code_hash bytea) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
    if code_hash is not null then
        update priv.recovery_code c set used_at = clock_timestamp()
        where c.person = priv.me() and c.code_hash = prove_me.code_hash and c.used_at is null;
        if found then
            perform audit.note('recovery_code_used');
        end if;
    else
        update priv.account a set last_step = step where a.person = priv.me() and a.last_step < step;
    end if;
    return found;
end $$;

create or replace function priv.my_other_sessions_end() returns int
language plpgsql security definer set search_path = '' as $$
declare
    ended int;
begin
    update priv.session s set ended_at = clock_timestamp()
    where s.person = priv.me() and s.ended_at is null and s.token_hash <> priv.my_token();
    get diagnostics ended = row_count;
    return ended;
end $$;

-- New recovery codes in place of all earlier ones. Without a code only just after enrolling, the first time.
create or replace function priv.recovery_make(hashes bytea[], step bigint) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
    proven boolean;
begin
    if step is null then
        -- locked, so that of two at once one is the first
        perform from priv.account a where a.person = priv.me() for update;
        select m.first_codes into proven from priv.my_account() m;
    else
        proven := priv.prove_me(step, null);
    end if;
    if proven is not true then
        return false;
    end if;
    delete from priv.recovery_code c where c.person = priv.me();
    insert into priv.recovery_code (person, code_hash) select priv.me(), h from unnest(hashes) h;
    perform audit.note('recovery_codes_made');
    return true;
end $$;

-- A new authenticator for that place ('first' replaces the one there is), on a code of an old one or a recovery code.
create or replace function priv.authenticator_offer(place text, seed bytea, step bigint, code_hash bytea)
returns boolean
language plpgsql security definer set search_path = '' as $$
begin
    if not priv.prove_me(step, code_hash) then
        return false;
    end if;
    insert into priv.new_authenticator (session, seed, place, ends_at)
    values (priv.my_token(), authenticator_offer.seed, authenticator_offer.place,
            clock_timestamp() + interval '30 minutes')
    on conflict (session) do update
        set seed = excluded.seed, place = excluded.place, ends_at = excluded.ends_at;
    return true;
end $$;

create or replace function priv.authenticator_offered()
returns table (person int, seed bytea, place text, seconds double precision)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select priv.me(), n.seed, n.place, extract(epoch from clock_timestamp())::double precision
        from priv.new_authenticator n
        where n.session = priv.my_token() and n.ends_at > clock_timestamp() and priv.me() is not null;
end $$;

-- A code of the new one has been given: from now on it counts, and every other session ends. False where none is due.
create or replace function priv.authenticator_take(step bigint) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
    it priv.new_authenticator;
begin
    delete from priv.new_authenticator n
    where n.session = priv.my_token() and n.ends_at > clock_timestamp() and priv.me() is not null
    returning n.* into it;
    if it.session is null then
        return false;
    end if;
    update priv.account a
    set seed = case when it.place = 'first' then it.seed else a.seed end,
        seed_second = case when it.place = 'second' then it.seed else a.seed_second end,
        second_at = case when it.place = 'second' then clock_timestamp() else a.second_at end,
        last_step = greatest(a.last_step, step)
    where a.person = priv.me();
    perform priv.my_other_sessions_end();
    perform audit.note('authenticator_' || case it.place when 'first' then 'moved' else 'second' end);
    return true;
end $$;

-- Of two authenticators, one goes. False where the code has been used, or there is only one.
create or replace function priv.authenticator_remove(place text, step bigint) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
    if not exists (select from priv.account a where a.person = priv.me() and a.seed_second is not null)
       or not priv.prove_me(step, null) then
        return false;
    end if;
    update priv.account a
    set seed = case when place = 'first' then a.seed_second else a.seed end,
        seed_second = null, second_at = null
    where a.person = priv.me();
    perform priv.my_other_sessions_end();
    perform audit.note('authenticator_removed');
    return true;
end $$;

-- A new password of one's own; every other session ends, and mailed links are worth nothing any more.
create or replace function priv.my_password_set(before text, password text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
    update priv.account a
    set password = my_password_set.password, temporary = false, temporary_until = null
    where a.person = priv.me() and a.password = before;
    if not found then
        return false;
    end if;
    perform priv.links_end(priv.me(), unlocking => false);
    perform priv.my_other_sessions_end();
    perform audit.note('password_changed');
    return true;
end $$;

-- A new address counts when the link sent to it has been followed.
create or replace function priv.address_offer(email text, token bytea, life interval) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update priv.address_link l set used_at = clock_timestamp() where l.person = priv.me() and l.used_at is null;
    insert into priv.address_link (token_hash, person, email, ends_at)
    values (token, priv.me(), address_offer.email, clock_timestamp() + life);
    perform audit.note('address_change_asked');
end $$;

create or replace function priv.address_look(token bytea)
returns table (person int, name text, before text, email text)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select p.id, p.name, p.email, l.email
        from priv.address_link l
        join priv.account a on a.person = l.person
        join portal.person p on p.id = l.person
        where l.token_hash = token and l.used_at is null and l.ends_at > clock_timestamp() and a.disabled_at is null;
end $$;

-- The address from now on, and a letter to the one before. False where the link cannot be used (any more).
create or replace function priv.address_use(token bytea, search text, address inet, subject text, body text)
returns boolean
language plpgsql security definer set search_path = '' as $$
declare
    it record;
begin
    select l.* into it from priv.address_look(token) l;
    update priv.address_link l set used_at = clock_timestamp()
    where l.token_hash = token and l.person = it.person and l.used_at is null;
    if not found then
        return false;
    end if;
    perform priv.account_letter(it.person, subject, body);
    update portal.person p set email = it.email, search = address_use.search where p.id = it.person;
    perform priv.links_end(it.person, unlocking => true);
    insert into audit.event (person, address, action, detail)
    values (it.person, address_use.address, 'address_changed', jsonb_build_object('changes',
            jsonb_build_object('email', jsonb_build_array(it.before, it.email))));
    return true;
end $$;

-- Where I am signed in. `handle` names a session without giving anything of it away.
create or replace function priv.my_sessions()
returns table (handle text, began timestamptz, seen timestamptz, address inet, browser text, mine boolean)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select encode(sha256(s.token_hash), 'hex'), s.created_at, s.seen_at, s.address, s.browser,
               s.token_hash = priv.my_token()
        from priv.session s
        where s.person = priv.me()
          and s.stage = 'full'
          and s.ended_at is null
          and s.ends_at > clock_timestamp()
          and s.seen_at + s.idle > clock_timestamp()
        order by s.token_hash = priv.my_token() desc, s.seen_at desc;
end $$;

create or replace function priv.my_session_end(handle text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
    update priv.session s set ended_at = clock_timestamp()
    where s.person = priv.me() and s.ended_at is null and encode(sha256(s.token_hash), 'hex') = handle;
    if found then
        perform audit.note('session_ended');
    end if;
    return found;
end $$;

create or replace function priv.my_sessions_end() returns int
language plpgsql security definer set search_path = '' as $$
begin
    perform audit.note('sessions_ended');
    return priv.my_other_sessions_end();
end $$;

-- ---------------------------------------------------------------- what follows from a change of the account itself

-- A sign-in wakes the account; without its authenticator it has no second one and no recovery codes either.
create or replace function priv.account_follow() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if new.signed_in_at is distinct from old.signed_in_at then
        new.sleep_told := 0;
    end if;
    if new.seed is distinct from old.seed then
        new.enrolled_at := case when new.seed is not null then clock_timestamp() end;
        if new.seed is null then
            new.seed_second := null;
            new.second_at := null;
            delete from priv.recovery_code c where c.person = new.person;
        end if;
    end if;
    return new;
end $$;

revoke execute on function
    priv.errand_add(text, text, inet), priv.errand_take(interval), priv.account_letter(int, text, text),
    priv.forgot_link_make(int, bytea, interval, interval), priv.falling_asleep(interval, int[], int),
    priv.unlock_link_make(int, bytea, interval), priv.unlock_link_look(bytea),
    priv.unlock_link_use(bytea, text[], inet), priv.account_follow(),
    priv.second_seed(bytea), priv.recovery_use(bytea, bytea, bytea, interval, interval), priv.my_token(),
    priv.my_account(), priv.prove_me(bigint, bytea), priv.my_other_sessions_end(),
    priv.recovery_make(bytea[], bigint), priv.authenticator_offer(text, bytea, bigint, bytea),
    priv.authenticator_offered(), priv.authenticator_take(bigint), priv.authenticator_remove(text, bigint),
    priv.my_password_set(text, text), priv.address_offer(text, bytea, interval), priv.address_look(bytea),
    priv.address_use(bytea, text, inet, text, text), priv.my_sessions(), priv.my_session_end(text),
    priv.my_sessions_end()
    from public;

grant execute on function
    priv.errand_add(text, text, inet), priv.unlock_link_look(bytea), priv.unlock_link_use(bytea, text[], inet),
    priv.second_seed(bytea), priv.recovery_use(bytea, bytea, bytea, interval, interval),
    priv.address_look(bytea), priv.address_use(bytea, text, inet, text, text)
    to portal_p_door;
grant execute on function
    priv.my_account(), priv.recovery_make(bytea[], bigint), priv.authenticator_offer(text, bytea, bigint, bytea),
    priv.authenticator_offered(), priv.authenticator_take(bigint), priv.authenticator_remove(text, bigint),
    priv.my_password_set(text, text), priv.address_offer(text, bytea, interval), priv.my_sessions(),
    priv.my_session_end(text), priv.my_sessions_end()
    to portal_p_senco, portal_p_adviser, portal_p_senas, portal_p_ict;
grant execute on function
    priv.errand_take(interval), priv.account_letter(int, text, text),
    priv.forgot_link_make(int, bytea, interval, interval), priv.falling_asleep(interval, int[], int),
    priv.unlock_link_make(int, bytea, interval)
    to portal_p_loop;
grant execute on function priv.account_follow() to portal_owner;  -- who makes the trigger below

reset role;
set local role portal_owner;

create or replace trigger follow before update of signed_in_at, seed on priv.account
    for each row execute function priv.account_follow();

reset role;
