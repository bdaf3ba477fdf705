-- Who said whether a page of help was of use, and who took words out again, is not for them to say. Applied again,
-- whole, whenever it changes.

set local role portal_definer;

create or replace function portal.feedback_said() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.person := coalesce(priv.me(), new.person);
    new.said_at := clock_timestamp();
    new.taken_out_by := null;
    new.taken_out_at := null;
    return new;
end $$;

create or replace function portal.feedback_taken_out() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.taken_out_by := priv.me();
    new.taken_out_at := clock_timestamp();
    return new;
end $$;

revoke execute on function portal.feedback_said(), portal.feedback_taken_out() from public;
grant execute on function portal.feedback_said(), portal.feedback_taken_out() to portal_owner;

reset role;
set local role portal_owner;

create or replace trigger said before insert on portal.feedback for each row execute function portal.feedback_said();
create or replace trigger taken_out before update on portal.feedback
    for each row execute function portal.feedback_taken_out();

reset role;
