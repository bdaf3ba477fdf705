-- A draft is withdrawn and taken up again by its setting, and nobody writes in it between. Applied again, whole, whenever
-- it changes.

set local role portal_definer;

create or replace function portal.draft_withdrawn() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if (new.withdrawn_at is null) <> (old.withdrawn_at is null) then
        new.withdrawn_by := case when new.withdrawn_at is not null then priv.me() end;
        new.withdrawn_at := case when new.withdrawn_at is not null then clock_timestamp() end;
        perform audit.note(case when new.withdrawn_at is null then 'record.taken_up' else 'record.withdrawn' end,
                           new.child, new.id);
    end if;
    return new;
end $$;

create or replace function portal.draft_closed() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if priv.me() is not null
       and exists (select from portal.record r where r.id = new.record and r.withdrawn_at is not null) then
        raise exception 'this draft was withdrawn' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;

revoke execute on function portal.draft_withdrawn(), portal.draft_closed() from public;
grant execute on function portal.draft_withdrawn(), portal.draft_closed() to portal_owner;  -- who makes the triggers below

reset role;
set local role portal_owner;

create or replace trigger withdrawn before update of withdrawn_at on portal.record for each row
    execute function portal.draft_withdrawn();
create or replace trigger closed before insert or update of position, withdrawn_at on portal.entry for each row
    execute function portal.draft_closed();
create or replace trigger closed before insert or update of value on portal.answer for each row
    execute function portal.draft_closed();
create or replace trigger closed before insert or update of withdrawn_at on portal.document for each row
    execute function portal.draft_closed();
create or replace trigger closed before insert on portal.advice_request for each row
    execute function portal.draft_closed();

grant update (withdrawn_at) on portal.record to portal_p_senco;
create policy own_setting_draft on portal.record for update to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]) and status = 'draft')
    with check (setting = any ((select priv.my_settings())::int[]) and status = 'draft');

reset role;
