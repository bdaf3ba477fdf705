-- What ICT does to the register of settings, and what is brought as a file. Applied again, whole, whenever it changes.

set local role portal_definer;

-- ---------------------------------------------------------------- settings: every change is on the audit trail

-- What was changed, old and new, and the reason where one was given (app.reason, for this transaction).
create or replace function audit.write_setting() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    before jsonb := case when tg_op = 'UPDATE' then to_jsonb(old) - 'id' else '{}' end;
    changed jsonb;
begin
    select jsonb_object_agg(now_is.key, jsonb_build_array(before -> now_is.key, now_is.value)) into changed
    from jsonb_each(to_jsonb(new) - 'id') now_is
    where (before -> now_is.key) is distinct from now_is.value
      and (tg_op = 'UPDATE' or now_is.value not in ('""', 'null'));
    if changed is not null then
        perform audit.note(
            case when tg_op = 'INSERT' then 'setting.added'
                 when new.closed_on is not null and old.closed_on is null then 'setting.closed'
                 else 'setting.changed' end,
            detail => jsonb_build_object('setting', new.id, 'name', new.name, 'changed', changed)
                || jsonb_strip_nulls(jsonb_build_object('reason', nullif(current_setting('app.reason', true), ''))));
    end if;
    return null;
end $$;

-- ---------------------------------------------------------------- children brought as a file

-- Which of these children are here. ICT is told the setting, so that the same child is not added twice; a SENCO is
-- told of children elsewhere only that there is one with that UPN.
create or replace function priv.children_here(upns text[], searches text[], dobs date[])
returns table (upn text, search text, dob date, setting int)
language plpgsql stable security definer set search_path = '' as $$
declare
    mine int[] := priv.my_settings();
    everywhere boolean := priv.am_ict();
begin
    return query
        select c.upn, c.search, c.dob, c.setting
        from portal.child c
        where (everywhere or c.setting = any (mine))
          and (c.upn = any (upns)
               or (c.search, c.dob) in (select n.search, n.dob from unnest(searches, dobs) n(search, dob)))
        union all
        select c.upn, null, null, null
        from portal.child c
        where not everywhere and cardinality(mine) > 0 and c.setting <> all (mine) and c.upn = any (upns);
end $$;

-- Add children to settings that are open and, for a SENCO, their own. How many; all or none.
create or replace function priv.children_add(children jsonb) returns int
language plpgsql security definer set search_path = '' as $$
declare
    mine int[] := priv.my_settings();
    everywhere boolean := priv.am_ict();
    added int;
begin
    if exists (
        select from jsonb_to_recordset(children) n(setting int)
        left join portal.setting s on s.id = n.setting and s.closed_on is null
        where s.id is null or not (everywhere or s.id = any (mine))
    ) then
        raise exception 'children are added to open settings of one''s own' using errcode = 'insufficient_privilege';
    end if;
    insert into portal.child (setting, first_name, middle_names, surname, dob, sex, upn,
                              address_line1, address_line2, address_line3, address_line4, postcode, search)
    select n.setting, n.first_name, n.middle_names, n.surname, n.dob, n.sex, n.upn,
           n.address_line1, n.address_line2, n.address_line3, n.address_line4, n.postcode, n.search
    from jsonb_to_recordset(children) n(
        setting int, first_name text, middle_names text, surname text, dob date, sex text, upn text,
        address_line1 text, address_line2 text, address_line3 text, address_line4 text, postcode text, search text);
    get diagnostics added = row_count;
    return added;
end $$;

-- ---------------------------------------------------------------- people brought as a file

-- Names and roles of the accounts that bear one of these user names.
create or replace function priv.accounts_here(usernames text[])
returns table (username text, name text, role text)
language plpgsql stable security definer set search_path = '' as $$
begin
    if not priv.am_ict() then
        raise exception 'accounts are for ICT to look after' using errcode = 'insufficient_privilege';
    end if;
    return query
        select lower(a.username), p.name, p.role
        from priv.account a
        join portal.person p on p.id = a.person
        where lower(a.username) = any (usernames);
end $$;

create or replace function priv.people_here()
returns table (name text, email text, username text)
language plpgsql stable security definer set search_path = '' as $$
begin
    perform priv.ict_only();
    return query
        select p.name, p.email, coalesce(a.username, '')
        from portal.person p
        left join priv.account a on a.person = p.id;
end $$;

-- ---------------------------------------------------------------- tidying

-- Forget the files whose half hour is over. How many.
create or replace function priv.import_purge() returns int
language plpgsql security definer set search_path = '' as $$
declare
    gone int;
begin
    delete from portal.import i where i.ends_at < clock_timestamp();
    get diagnostics gone = row_count;
    return gone;
end $$;

revoke execute on function audit.write_setting(), priv.children_here(text[], text[], date[]),
    priv.children_add(jsonb), priv.accounts_here(text[]), priv.people_here(), priv.import_purge() from public;
grant execute on function audit.write_setting() to portal_owner;  -- who makes the trigger below
grant execute on function priv.children_here(text[], text[], date[]), priv.children_add(jsonb)
    to portal_p_senco, portal_p_ict;
grant execute on function priv.accounts_here(text[]), priv.people_here() to portal_p_ict;
grant execute on function priv.import_purge() to portal_p_loop;

reset role;
set local role portal_owner;

create or replace trigger audit after insert or update on portal.setting
    for each row execute function audit.write_setting();

reset role;
