-- The database's roles. Applied again at each start, before the migrations: every statement may be repeated.
--
-- portal_owner     owns schemas and tables; nobody signs in as it
-- portal_definer   owns the few functions that look across the rules (who am I, may I); has policies of its own
-- portal_p_*       one persona for each way of using the portal; row-level security is written for them
-- portal_app       the portal signs in as this: owns nothing, may do nothing until it takes on a persona

do $$
declare
    wanted text;
begin
    foreach wanted in array array[
        'portal_owner', 'portal_definer',
        'portal_p_door',     -- nobody yet: may knock, that is, try to sign in
        'portal_p_senco',    -- works at a setting
        'portal_p_adviser',  -- a professional involved with some children
        'portal_p_senas',    -- the council's assessment service
        'portal_p_ict',      -- looks after accounts
        'portal_p_loop'      -- the portal's own background work
    ] loop
        if not exists (select from pg_roles where rolname = wanted) then
            execute format('create role %I nologin nosuperuser nobypassrls', wanted);
        end if;
        -- from PostgreSQL 16 on, who creates a role may not act as it without saying so
        if not pg_has_role(current_user, wanted, 'member') or
           (current_setting('server_version_num')::int >= 160000
            and not (select rolsuper from pg_roles where rolname = current_user)) then
            if current_setting('server_version_num')::int >= 160000 then
                execute format('grant %I to current_user with set true, inherit true', wanted);
            else
                execute format('grant %I to current_user', wanted);
            end if;
        end if;
    end loop;
    if not exists (select from pg_roles where rolname = 'portal_app') then
        create role portal_app nologin noinherit nosuperuser nobypassrls;
    end if;
end $$;

grant portal_p_door, portal_p_senco, portal_p_adviser, portal_p_senas, portal_p_ict, portal_p_loop to portal_app;
