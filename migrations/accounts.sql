-- Signing in, and what a session is: the only doors to accounts' secrets. Applied again, whole, whenever it changes.
--
-- Whoever is not signed in yet is portal_p_door and may call these functions and nothing else. A session is known
-- by the hash of its token. Each step up (choosing a password, enrolling an authenticator, giving a code) ends the
-- session's row and begins another under a new token, and no step can be left out: only a code raises to 'full'.

set local role portal_definer;

-- ---------------------------------------------------------------- how often

-- Take one from a leaky bucket that holds so many and empties itself in so long. 0 when there was room, otherwise
-- the seconds until there is; who is turned away is not counted, so waiting so long is enough. The row is locked, so
-- many at once cannot overdraw it.
create or replace function priv.bucket_take(bucket text, holds int, empties interval) returns int
language plpgsql security definer set search_path = '' as $$
declare
    leak double precision := holds / extract(epoch from empties);
    it priv.bucket;
    would double precision;
begin
    insert into priv.bucket as b (key, level, at) values (bucket, 0, clock_timestamp())
    on conflict (key) do update set level = b.level     -- changes nothing, locks the row
    returning b.* into it;
    would := greatest(0, it.level - leak * extract(epoch from clock_timestamp() - it.at)) + 1;
    if would > holds then
        return greatest(1, ceil((would - holds) / leak));
    end if;
    update priv.bucket b set level = would, at = clock_timestamp() where b.key = bucket;
    return 0;
end $$;

-- Give one back: it turned out to be no failure.
create or replace function priv.bucket_give(bucket text) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update priv.bucket b set level = greatest(0, b.level - 1) where b.key = bucket;
end $$;

-- ---------------------------------------------------------------- whose account

drop function if exists priv.account_find(text);
create or replace function priv.account_find(username text)
returns table (person int, password text, temporary boolean, too_old boolean, disabled boolean, enrolled boolean,
               name text, email text)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select a.person, a.password, a.temporary,
               a.temporary and a.temporary_until is not null and a.temporary_until < clock_timestamp(),
               a.disabled_at is not null, a.seed is not null, p.name, p.email
        from priv.account a
        join portal.person p on p.id = a.person
        where lower(a.username) = lower(account_find.username);
end $$;

-- The same password, hashed as is right today.
create or replace function priv.account_rehash(person int, before text, after text) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update priv.account a set password = after where a.person = account_rehash.person and a.password = before;
end $$;

-- The name somebody typed is never kept: people type passwords into the wrong box.
create or replace function priv.sign_in_failed(person int, address inet, why text) returns void
language plpgsql security definer set search_path = '' as $$
begin
    insert into audit.event (person, address, action, detail)
    values (sign_in_failed.person, sign_in_failed.address, 'sign_in_failed', jsonb_build_object('why', why));
end $$;

-- ---------------------------------------------------------------- sessions

-- The live session of that token, locked; no row when there is none. For the functions below only.
create or replace function priv.session_live(token bytea) returns priv.session
language plpgsql security definer set search_path = '' as $$
declare
    found_one priv.session;
begin
    select s.* into found_one
    from priv.session s
    join priv.account a on a.person = s.person
    where s.token_hash = token
      and s.ended_at is null
      and s.ends_at > clock_timestamp()
      and s.seen_at + s.idle > clock_timestamp()
      and a.disabled_at is null
    for update of s;
    return found_one;
end $$;

-- After the right password: the first step still to be done. Never 'full'.
create or replace function priv.session_begin(
    token bytea, person int, idle interval, life interval, address inet, browser text
) returns text
language plpgsql security definer set search_path = '' as $$
declare
    first_stage text;
begin
    select case when a.temporary then 'choose' when a.seed is null then 'enrol' else 'code' end into first_stage
    from priv.account a
    where a.person = session_begin.person and a.disabled_at is null;
    if first_stage is null then
        raise exception 'this account is closed' using errcode = 'insufficient_privilege';
    end if;
    insert into priv.session (token_hash, person, stage, ends_at, idle, address, browser)
    values (token, session_begin.person, first_stage, clock_timestamp() + life, session_begin.idle,
            session_begin.address, left(session_begin.browser, 200));
    return first_stage;
end $$;

-- One row replaces another, under a new token. For the functions below only.
create or replace function priv.session_replace(
    before priv.session, token bytea, stage text, idle interval, life interval
) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update priv.session s set ended_at = clock_timestamp() where s.token_hash = before.token_hash;
    insert into priv.session (token_hash, person, stage, ends_at, idle, address, browser)
    values (token, before.person, session_replace.stage, clock_timestamp() + life, session_replace.idle,
            before.address, before.browser);
end $$;

-- Who this is, and the seconds left to them. A sign of the person (`active`) begins the idle time anew; it is
-- written down at most every half minute, or a twentieth of the idle time where that is shorter. `last`: no sign of them
-- puts the end off any more, since it is that of the whole session.
drop function if exists priv.session_look(bytea, boolean);
create or replace function priv.session_look(token bytea, active boolean)
returns table (person int, name text, role text, team text, username text, stage text, remaining int,
               last boolean)
language plpgsql security definer set search_path = '' as $$
begin
    if active then
        update priv.session s set seen_at = clock_timestamp()
        where s.token_hash = token
          and s.ended_at is null
          and s.ends_at > clock_timestamp()
          and s.seen_at + s.idle > clock_timestamp()
          and s.seen_at + least(interval '30 seconds', s.idle / 20) < clock_timestamp();
    end if;
    return query
        select p.id, p.name, p.role, p.team, a.username, s.stage,
               ceil(extract(epoch from least(s.seen_at + s.idle, s.ends_at) - clock_timestamp()))::int,
               s.ends_at <= s.seen_at + s.idle
        from priv.session s
        join priv.account a on a.person = s.person
        join portal.person p on p.id = s.person
        where s.token_hash = token
          and s.ended_at is null
          and s.ends_at > clock_timestamp()
          and s.seen_at + s.idle > clock_timestamp()
          and a.disabled_at is null;
end $$;

-- Whose session this was, so that the same person can go on where it ended; not after a sign-out.
create or replace function priv.session_whose(token bytea)
returns table (person int, username text)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select a.person, a.username
        from priv.session s
        join priv.account a on a.person = s.person
        where s.token_hash = token
          and s.stage = 'full'
          and s.ended_at is null
          and s.created_at > clock_timestamp() - interval '24 hours';
end $$;

create or replace function priv.session_end(token bytea) returns void
language plpgsql security definer set search_path = '' as $$
declare
    ended priv.session;
begin
    update priv.session s set ended_at = clock_timestamp()
    where s.token_hash = token and s.ended_at is null
    returning s.* into ended;
    if ended.stage = 'full' then
        insert into audit.event (person, address, action) values (ended.person, ended.address, 'signed_out');
    end if;
end $$;

create or replace function priv.session_end_all(person int) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update priv.session s set ended_at = clock_timestamp()
    where s.person = session_end_all.person and s.ended_at is null;
end $$;

-- Mailed links that set a password or confirm an address are worth nothing any more: whoever has them may be somebody
-- else. With `unlocking`, where the mailbox itself is no longer the person's, neither are those that let in again. For
-- the functions of accounts only.
create or replace function priv.links_end(whose int, unlocking boolean) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update priv.password_link l set used_at = clock_timestamp() where l.person = whose and l.used_at is null;
    update priv.address_link l set used_at = clock_timestamp() where l.person = whose and l.used_at is null;
    if unlocking then
        update priv.unlock_link l set used_at = clock_timestamp() where l.person = whose and l.used_at is null;
    end if;
end $$;

-- ---------------------------------------------------------------- the steps

-- A password of one's own in place of the temporary one; every other session of the account ends. The next stage,
-- or null where this is not a session that may choose.
create or replace function priv.password_choose(
    token bytea, new_token bytea, password text, idle interval, life interval
) returns text
language plpgsql security definer set search_path = '' as $$
declare
    it priv.session := priv.session_live(token);
    next_stage text;
begin
    if it.stage is distinct from 'choose' then
        return null;
    end if;
    update priv.account a
    set password = password_choose.password, temporary = false, temporary_until = null
    where a.person = it.person
    returning case when a.seed is null then 'enrol' else 'code' end into next_stage;
    perform priv.session_end_all(it.person);
    perform priv.links_end(it.person, unlocking => false);
    perform priv.session_replace(it, new_token, next_stage, idle, life);
    insert into audit.event (person, address, action) values (it.person, it.address, 'password_chosen');
    return next_stage;
end $$;

-- A new secret for an authenticator; it counts only when a code of it has been given.
create or replace function priv.seed_offer(token bytea, seed bytea) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
    it priv.session := priv.session_live(token);
begin
    if it.stage is distinct from 'enrol' then
        return false;
    end if;
    update priv.account a set seed_pending = seed_offer.seed where a.person = it.person;
    return true;
end $$;

-- The secret this session's code is checked against, and the server's clock in seconds since 1970.
create or replace function priv.seed_look(token bytea)
returns table (person int, username text, stage text, seed bytea, seconds double precision)
language plpgsql security definer set search_path = '' as $$
declare
    it priv.session := priv.session_live(token);
begin
    return query
        select a.person, a.username, it.stage, case it.stage when 'enrol' then a.seed_pending else a.seed end,
               extract(epoch from clock_timestamp())::double precision
        from priv.account a
        where a.person = it.person and it.stage in ('enrol', 'code');
end $$;

-- A right code of that time step signs the person in. The one update decides: a code already used, or one older
-- than a used one, changes no row, however many try at once. False then, and nothing has changed.
create or replace function priv.code_use(
    token bytea, new_token bytea, step bigint, idle interval, life interval
) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
    it priv.session := priv.session_live(token);
    enrolling boolean := it.stage = 'enrol';
begin
    if it.stage is null or it.stage not in ('enrol', 'code') then
        return false;
    end if;
    update priv.account a
    set last_step = step,
        seed = case when enrolling then a.seed_pending else a.seed end,
        seed_pending = case when enrolling then null else a.seed_pending end,
        signed_in_at = clock_timestamp()
    where a.person = it.person and a.last_step < step
      and (case when enrolling then a.seed_pending else a.seed end) is not null;
    if not found then
        return false;
    end if;
    if enrolling then
        perform priv.session_end_all(it.person);
        insert into audit.event (person, address, action) values (it.person, it.address, 'authenticator_enrolled');
    end if;
    perform priv.session_replace(it, new_token, 'full', idle, life);
    insert into audit.event (person, address, action) values (it.person, it.address, 'signed_in');
    return true;
end $$;

-- ---------------------------------------------------------------- the demo, and tidying

-- An invented person's secret, for the demo's page of current codes; no real person's.
create or replace function priv.demo_seed(username text)
returns table (person int, name text, seed bytea, last_step bigint, seconds double precision)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select a.person, p.name, a.seed, a.last_step, extract(epoch from clock_timestamp())::double precision
        from priv.account a
        join portal.person p on p.id = a.person
        where lower(a.username) = lower(demo_seed.username) and p.demo;
end $$;

-- Forget sessions a month after their end, and buckets that have long run empty. How many rows went.
create or replace function priv.session_purge() returns int
language plpgsql security definer set search_path = '' as $$
declare
    gone int;
    more int;
begin
    delete from priv.session s where least(coalesce(s.ended_at, s.ends_at), s.ends_at) < now() - interval '30 days';
    get diagnostics gone = row_count;
    delete from priv.bucket b where b.at < now() - interval '2 days';
    get diagnostics more = row_count;
    return gone + more;
end $$;

revoke execute on function
    priv.bucket_take(text, int, interval), priv.bucket_give(text),
    priv.account_find(text), priv.account_rehash(int, text, text), priv.sign_in_failed(int, inet, text),
    priv.session_live(bytea), priv.session_begin(bytea, int, interval, interval, inet, text),
    priv.session_replace(priv.session, bytea, text, interval, interval), priv.session_look(bytea, boolean),
    priv.session_whose(bytea), priv.session_end(bytea), priv.session_end_all(int), priv.links_end(int, boolean),
    priv.password_choose(bytea, bytea, text, interval, interval), priv.seed_offer(bytea, bytea),
    priv.seed_look(bytea), priv.code_use(bytea, bytea, bigint, interval, interval),
    priv.demo_seed(text), priv.session_purge()
    from public;

grant execute on function
    priv.bucket_take(text, int, interval), priv.bucket_give(text),
    priv.account_find(text), priv.account_rehash(int, text, text), priv.sign_in_failed(int, inet, text),
    priv.session_begin(bytea, int, interval, interval, inet, text), priv.session_look(bytea, boolean),
    priv.session_whose(bytea), priv.session_end(bytea),
    priv.password_choose(bytea, bytea, text, interval, interval), priv.seed_offer(bytea, bytea),
    priv.seed_look(bytea), priv.code_use(bytea, bytea, bigint, interval, interval),
    priv.demo_seed(text)
    to portal_p_door;
grant execute on function priv.session_end_all(int) to portal_p_ict;
grant execute on function priv.session_purge() to portal_p_loop;

reset role;
