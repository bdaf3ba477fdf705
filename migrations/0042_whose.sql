-- Whose an entry is: of the professionals' teams their name, of the schools', which are one team by name, the name with the
-- setting it was written at. A child's move to another school takes the record along, and not who wrote in it.

set local role portal_owner;

-- The owner is held by the rules too, until they are applied again after this.
alter table portal.entry no force row level security;
alter table portal.entry disable trigger user;

alter table portal.entry add column whose text not null default '';
update portal.entry e
set whose = case when e.team = 'Schools' then e.team || ' ' || coalesce(
        (select m.setting from portal.membership m where m.person = e.author
         order by m.setting = e.setting desc, m.setting limit 1),
        e.setting)
    else e.team end;

alter table portal.entry enable trigger user;
