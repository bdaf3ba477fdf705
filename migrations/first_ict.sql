-- The first person of ICT: whoever lets in everybody else cannot be let in by anybody. Applied again, whole, whenever
-- it changes.

set local role portal_definer;

-- Whether somebody of ICT has signed in whose account is open: from then on people are let in by ICT alone.
create or replace function priv.ict_there() returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
    return exists (select from portal.person p
                   join priv.account a on a.person = p.id
                   where p.role = 'ict' and a.disabled_at is null and a.signed_in_at is not null);
end $$;

-- For the portal at its start. 'over' where ICT is there; 'waiting' where a link that was mailed to that address still
-- works; else 'invited', with the person, new or corrected, whose link this token is. `password` is nobody's: the link
-- sets one.
create or replace function priv.first_ict(
    name text, email text, username text, search text, password text, token bytea, life interval
) returns table (outcome text, invited int, username_of text)
language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
    it portal.person;
begin
    -- of several portals that start at once, one invites
    perform pg_advisory_xact_lock(hashtext('priv.first_ict'));
    if priv.ict_there() then
        return query select 'over', null::int, null::text;
        return;
    end if;
    select p.* into it
    from portal.person p
    join priv.account a on a.person = p.id
    where p.role = 'ict' and a.disabled_at is null
    order by p.id
    limit 1;
    if lower(it.email) = lower(first_ict.email)
       and exists (select from priv.password_link l
                   where l.person = it.id and l.used_at is null and l.ends_at > clock_timestamp()) then
        return query select 'waiting', it.id, null::text;
        return;
    end if;
    if it.id is null then
        insert into portal.person (name, email, role, team, search)
        values (first_ict.name, first_ict.email, 'ict', 'ICT', first_ict.search)
        returning * into it;
        insert into priv.account (person, username, password, temporary, temporary_until)
        values (it.id, priv.username_unused(first_ict.username), first_ict.password, true, clock_timestamp() + life);
        insert into audit.event (action, detail)
        values ('person_added', jsonb_build_object('whom', it.id, 'role', 'ict', 'team', 'ICT', 'settings', '[]'::jsonb)),
               ('account_opened', jsonb_build_object('whom', it.id));
    elsif (it.name, it.email) is distinct from (first_ict.name, first_ict.email) then
        update portal.person p
        set name = first_ict.name, email = first_ict.email, search = first_ict.search
        where p.id = it.id;
        -- whoever read the first address may have set a password meanwhile
        update priv.account a
        set password = first_ict.password, temporary = true, temporary_until = clock_timestamp() + life,
            seed = null, seed_pending = null
        where a.person = it.id;
        perform priv.session_end_all(it.id);
        insert into audit.event (action, detail)
        values ('person_changed', jsonb_build_object('whom', it.id, 'changes', jsonb_build_object(
                'name', jsonb_build_array(it.name, first_ict.name), 'email', jsonb_build_array(it.email, first_ict.email))));
    end if;
    perform priv.links_end(it.id, unlocking => true);
    perform priv.password_link_make(it.id, token, life);
    insert into audit.event (action, detail) values ('password_link_sent', jsonb_build_object('whom', it.id));
    return query select 'invited', it.id, a.username from priv.account a where a.person = it.id;
end $$;

revoke execute on function
    priv.ict_there(), priv.first_ict(text, text, text, text, text, bytea, interval)
    from public;
grant execute on function
    priv.ict_there(), priv.first_ict(text, text, text, text, text, bytea, interval)
    to portal_p_loop;

reset role;
