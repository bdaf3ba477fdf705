-- Who may see and change an appendix: its author and their team alone, until it is submitted and its document made, which
-- any of them can do. It is its author's, whoever submits it.
-- SENAS never reads what is being written. These rules come on top of those for every entry, answer and history.

set local role portal_definer;

create or replace function portal.appendix_author() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    select e.author, e.team into new.author, new.team from portal.entry e where e.id = new.entry;
    return new;
end $$;

revoke execute on function portal.appendix_author() from public;
grant execute on function portal.appendix_author() to portal_owner;

reset role;
set local role portal_owner;

create or replace trigger by_me before insert on portal.appendix for each row execute function portal.appendix_author();
create or replace trigger audit after insert on portal.appendix for each row execute function audit.write();

grant select on portal.appendix to portal_p_senco, portal_p_adviser, portal_p_senas;
grant insert (record, setting, child, entry, list, document), update (replaced_at) on portal.appendix
    to portal_p_senco, portal_p_adviser;

-- ---------------------------------------------------------------- what is being written

create policy team_only on portal.entry as restrictive to portal_p_senco, portal_p_adviser
    using (list not like 'appendix\_%' or whose = any ((select priv.my_teams())::text[]));
create policy never on portal.entry as restrictive to portal_p_senas using (list not like 'appendix\_%');

-- their fields are named so that no other answer need be looked up: see record/appendices.py and the two checks below
create policy team_only on portal.answer as restrictive to portal_p_senco, portal_p_adviser, portal_p_senas
    using (field not like 'appendix\_%' or exists (select from portal.entry e where e.id = entry));
create policy team_only on portal.history as restrictive for select to portal_p_senco, portal_p_adviser, portal_p_senas
    using (field not like 'appendix\_%' or exists (select from portal.entry e where e.id = entry));
create policy named on portal.answer as restrictive for insert to portal_p_senco, portal_p_adviser
    with check ((field like 'appendix\_%')
                = exists (select from portal.entry e where e.id = entry and e.list like 'appendix\_%'));

create policy involved_appendix_new on portal.entry for insert to portal_p_adviser
    with check (child = any ((select priv.my_children())::uuid[]) and list like 'appendix\_%');
create policy involved_appendix_change on portal.entry for update to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[]) and list like 'appendix\_%'
           and team = (select priv.my_team()))
    with check (child = any ((select priv.my_children())::uuid[]));
create policy involved_appendix_new on portal.answer for insert to portal_p_adviser
    with check (child = any ((select priv.my_children())::uuid[])
                and exists (select from portal.entry e
                            where e.id = entry and e.record = answer.record and e.withdrawn_at is null
                              and e.list like 'appendix\_%' and e.team = (select priv.my_team())));
create policy involved_appendix_change on portal.answer for update to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[])
           and exists (select from portal.entry e
                       where e.id = entry and e.withdrawn_at is null
                         and e.list like 'appendix\_%' and e.team = (select priv.my_team())));

-- ---------------------------------------------------------------- what was submitted

create policy own_setting on portal.appendix for select to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]));
create policy involved on portal.appendix for select to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[]));
create policy council on portal.appendix for select to portal_p_senas
    using ((select priv.am_senas()) and exists (select from portal.record r where r.id = record));
create policy own_new on portal.appendix for insert to portal_p_senco, portal_p_adviser
    with check (exists (select from portal.entry e
                        where e.id = entry and e.record = appendix.record and e.list = appendix.list
                          and e.whose = any ((select priv.my_teams())::text[]) and e.withdrawn_at is null));
create policy own_replace on portal.appendix for update to portal_p_senco, portal_p_adviser
    using (replaced_at is null
           and exists (select from portal.entry e
                       where e.id = entry and e.whose = any ((select priv.my_teams())::text[])))
    with check (replaced_at is not null);

reset role;
