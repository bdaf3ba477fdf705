-- Invitations to the Parent Portal: who sent one is not for them to say. Applied again, whole, whenever it changes.

set local role portal_definer;

create or replace function portal.invited() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.invited_by := coalesce(priv.me(), new.invited_by);
    new.invited_at := clock_timestamp();
    return new;
end $$;

create or replace function portal.not_invited() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if not priv.erasing(old.record) then
        perform audit.note('invitation.undone', old.child, old.record);
    end if;
    return old;
end $$;

revoke execute on function portal.invited(), portal.not_invited() from public;
grant execute on function portal.invited(), portal.not_invited() to portal_owner;

reset role;
set local role portal_owner;

create or replace trigger invited before insert on portal.invitation for each row execute function portal.invited();
create or replace trigger undone before delete on portal.invitation for each row execute function portal.not_invited();
create or replace trigger audit after insert on portal.invitation for each row execute function audit.write();

reset role;
