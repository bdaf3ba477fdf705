-- Wrong tries at the code are told in other words than those at the password: whoever made them knows the password, or
-- sits where somebody is signed in.

set local role portal_owner;

alter table priv.errand drop constraint errand_kind_check;
alter table priv.errand add constraint errand_kind_check
    check (kind in ('forgot', 'slowed', 'slowed_code', 'slowed_inside', 'recovery_used'));
