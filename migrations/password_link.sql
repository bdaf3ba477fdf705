-- One mailed link sets one password. Applied again, whole, whenever it changes.
--
-- A link is good once and for a while, until a newer one is made, and until the person signs in without it. It sets
-- the password and nothing else: the authenticator's code is asked for as ever.

set local role portal_definer;

-- The older ones are worth nothing from now on. For functions that have asked who may do this, and for them only.
create or replace function priv.password_link_make(person int, token bytea, life interval) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update priv.password_link l set used_at = clock_timestamp()
    where l.person = password_link_make.person and l.used_at is null;
    insert into priv.password_link (token_hash, person, ends_at)
    values (token, password_link_make.person, clock_timestamp() + life);
end $$;

-- ICT sends a link. False without an account, or where it is disabled.
create or replace function priv.password_link_send(person int, token bytea, life interval, reason text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    if not exists (select from priv.account a
                   where a.person = password_link_send.person and a.disabled_at is null) then
        return false;
    end if;
    perform priv.password_link_make(person, token, life);
    perform priv.ict_did('password_link_sent', person, jsonb_build_object('reason', reason));
    return true;
end $$;

-- Whose link this is; no row where it cannot be used (any more).
drop function if exists priv.password_link_look(bytea);
create or replace function priv.password_link_look(token bytea)
returns table (person int, username text, name text, email text)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select p.id, a.username, p.name, p.email
        from priv.password_link l
        join priv.account a on a.person = l.person
        join portal.person p on p.id = l.person
        where l.token_hash = token
          and l.used_at is null
          and l.ends_at > clock_timestamp()
          and (a.signed_in_at is null or a.signed_in_at < l.made_at)
          and a.disabled_at is null;
end $$;

-- Set the password, end every session, and tell the person by mail. False where the link cannot be used (any more):
-- of many at once, one is true.
create or replace function priv.password_link_use(
    token bytea, password text, address inet, subject text, body text
) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
    whose int;
begin
    select l.person into whose from priv.password_link_look(token) l;
    update priv.password_link l set used_at = clock_timestamp()
    where l.token_hash = token and l.person = whose and l.used_at is null;
    if not found then
        return false;
    end if;
    update priv.account a
    set password = password_link_use.password, temporary = false, temporary_until = null
    where a.person = whose;
    perform priv.session_end_all(whose);
    perform priv.links_end(whose, unlocking => false);
    insert into audit.event (person, address, action, detail)
    values (whose, password_link_use.address, 'password_chosen', '{"by": "link"}');
    insert into portal.letter (recipient, subject, body)
    select p.email, password_link_use.subject, password_link_use.body
    from portal.person p
    where p.id = whose and p.email <> '';
    return true;
end $$;

revoke execute on function
    priv.password_link_make(int, bytea, interval), priv.password_link_send(int, bytea, interval, text),
    priv.password_link_look(bytea), priv.password_link_use(bytea, text, inet, text, text)
    from public;

grant execute on function priv.password_link_send(int, bytea, interval, text) to portal_p_ict;
grant execute on function priv.password_link_look(bytea), priv.password_link_use(bytea, text, inet, text, text)
    to portal_p_door;

reset role;
