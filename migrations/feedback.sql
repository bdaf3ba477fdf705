-- Who said whether a page of help was of use is not for them to say. Applied again, whole, whenever it changes.

set local role portal_definer;

create or replace function portal.feedback_said() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.person := coalesce(priv.me(), new.person);
    new.said_at := clock_timestamp();
    return new;
end $$;

revoke execute on function portal.feedback_said() from public;
grant execute on function portal.feedback_said() to portal_owner;

reset role;
set local role portal_owner;

create or replace trigger said before insert on portal.feedback for each row execute function portal.feedback_said();

reset role;
