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

-- A child of the same names and birthday at the same setting: probably the same child.
-- name: same :value
select c.id
from portal.child c
where c.setting = %(setting)s and c.search = %(search)s and c.dob = %(dob)s
limit 1;
