-- Everything about one child, for a request under Article 15 of the UK GDPR; as far as this person may see it.

-- name: child :one
select c.first_name, c.middle_names, c.surname, c.dob, c.sex, c.upn, c.address_line1, c.address_line2, c.address_line3,
       c.address_line4, c.postcode, s.name as setting, c.added_at, c.changed_at
from portal.child c
join portal.setting s on s.id = c.setting
where c.id = %(child)s;

-- name: records :many
select r.id, r.reference, r.form, r.status, r.started_at, r.received_at, p.name as started_by, k.name as coordinator
from portal.record r
left join portal.person p on p.id = r.started_by
left join portal.person k on k.id = r.coordinator
where r.child = %(child)s
order by r.started_at;

-- name: history :many
select e.list, e.position, h.field, h.version, h.value, p.name as author, h.saved_at
from portal.history h
join portal.entry e on e.id = h.entry
left join portal.person p on p.id = h.author
where h.record = %(record)s
order by e.list <> 'ersa', e.list, e.position, h.field, h.version;

-- name: documents :many
select d.id, d.name, d.category, d.author, d.dated, d.added_at, p.name as added_by, d.withdrawn_at, d.withdrawn_reason
from portal.document d
left join portal.person p on p.id = d.added_by
where d.record = %(record)s
order by d.added_at, d.id;
