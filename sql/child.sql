-- Children as the register knows them.

-- The settings a person may start an ERSA for.
-- name: settings :many
select s.id, s.name
from portal.setting s
where s.id = any (priv.my_settings())
  and s.closed_on is null
order by s.name;

-- A UPN that is there already raises a unique violation: the child is known, here or at another setting.
-- name: add :value
insert into portal.child (setting, first_name, middle_names, surname, dob, sex, upn,
                          address_line1, address_line2, address_line3, address_line4, postcode, search)
values (%(setting)s, %(first_name)s, %(middle_names)s, %(surname)s, %(dob)s, %(sex)s, %(upn)s,
        %(address_line1)s, %(address_line2)s, %(address_line3)s, %(address_line4)s, %(postcode)s, %(search)s)
returning id;

-- Children of one's own settings with this birthday, this surname and this first name: probably the same child.
-- name: alike :many
select c.id, c.first_name, c.middle_names, c.surname, c.dob, c.upn, c.search, c.setting, s.name as setting_name,
       r.id as record
from portal.child c
join portal.setting s on s.id = c.setting
left join portal.record r on r.child = c.id and r.withdrawn_at is null
    and r.status not in ('not_assess', 'not_issue', 'final_plan', 'withdrawn', 'moved_out', 'ceased')
where c.dob = %(dob)s
  and (c.search = %(named)s or starts_with(c.search, %(named)s || ' '))
order by c.search, c.id
limit 10;

-- One after the other, until the transaction ends: a double click does not add a child twice.
-- name: one_at_a_time :none
select pg_advisory_xact_lock(hashtextextended(%(named)s || %(dob)s::date, 0));
