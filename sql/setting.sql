-- The register of settings: schools and other providers. Never deleted: a setting that is no more is closed.

-- name: list :many
select s.id, s.name, s.kind, s.urn, s.dfe_number, s.address, s.postcode, s.phone, s.email, s.closed_on
from portal.setting s
order by s.name, s.id;

-- name: open :one
select s.id, s.name, s.kind, s.urn, s.dfe_number, s.address, s.postcode, s.phone, s.email, s.closed_on
from portal.setting s
where s.id = %(setting)s;

-- Who works there.
-- name: people :many
select p.id, p.name, p.job_title
from portal.membership m
join portal.person p on p.id = m.person
where m.setting = %(setting)s
order by p.name;

-- The settings this person may add children to: a SENCO's own, or for ICT every open one.
-- name: for_children :many
select s.id, s.name, s.urn, s.dfe_number
from portal.setting s
where s.closed_on is null
  and (%(everywhere)s or s.id in (select m.setting from portal.membership m where m.person = priv.me()))
order by s.name;

-- A number another setting has raises a unique violation.
-- name: add :value
insert into portal.setting (name, kind, urn, dfe_number, address, postcode, phone, email, closed_on)
values (%(name)s, %(kind)s, %(urn)s, %(dfe_number)s, %(address)s, %(postcode)s, %(phone)s, %(email)s, %(closed_on)s)
returning id;

-- name: change :none
update portal.setting
set name = %(name)s, kind = %(kind)s, urn = %(urn)s, dfe_number = %(dfe_number)s, address = %(address)s,
    postcode = %(postcode)s, phone = %(phone)s, email = %(email)s
where id = %(setting)s;

-- Null opens it again.
-- name: close :none
update portal.setting set closed_on = %(closed_on)s where id = %(setting)s;

-- The reason the audit trail gives for what is changed in this transaction.
-- name: because :value
select set_config('app.reason', %(reason)s, true);

-- Many at once, as JSON.
-- name: add_many :none
insert into portal.setting (name, kind, urn, dfe_number, address, postcode, phone, closed_on)
select n.name, n.kind, n.urn, n.dfe_number, n.address, n.postcode, n.phone, n.closed_on
from jsonb_to_recordset(%(settings)s::jsonb) n(
    name text, kind text, urn text, dfe_number text, address text, postcode text, phone text, closed_on date);

-- Many at once, as JSON: only the fields that each names; a closed_on that is named and null opens it again.
-- name: change_many :none
update portal.setting s
set name = coalesce(n.it ->> 'name', s.name),
    kind = coalesce(n.it ->> 'kind', s.kind),
    urn = coalesce(n.it ->> 'urn', s.urn),
    dfe_number = coalesce(n.it ->> 'dfe_number', s.dfe_number),
    address = coalesce(n.it ->> 'address', s.address),
    postcode = coalesce(n.it ->> 'postcode', s.postcode),
    phone = coalesce(n.it ->> 'phone', s.phone),
    closed_on = case when jsonb_exists(n.it, 'closed_on') then (n.it ->> 'closed_on')::date else s.closed_on end
from jsonb_array_elements(%(settings)s::jsonb) n(it)
where s.id = (n.it ->> 'id')::int;
