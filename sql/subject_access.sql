-- Everything about one child, for a request under Article 15 of the UK GDPR; as far as this person may see it.

-- name: find :many
select child from portal.subject_find(%(upn)s, %(words)s, %(dob)s::date) as found (child);

-- The register, and that it was asked for on the trail. No row: no such child.
-- name: open :one
select first_name, middle_names, surname, dob, sex, upn, address_line1, address_line2, address_line3, address_line4,
       postcode, setting, added_by, added_at
from portal.subject_open(%(child)s, %(reason)s);

-- name: people :many
select name, job_title, team, since from portal.subject_people(%(child)s);

-- name: readers :many
select day, name, job_title, team, reference, action, times from audit.subject_readers(%(child)s);

-- name: records :many
select r.id, r.reference, r.form, r.status, r.started_at, r.received_at, r.acknowledged_at, s.name as setting,
       p.name as started_by, k.name as coordinator, t.name as contact, b.name as submitted_by,
       u.incomplete_reason, u.answers as sent, i.invited_at, n.name as invited_by
from portal.record r
join portal.setting s on s.id = r.setting
left join portal.person p on p.id = r.started_by
left join portal.person k on k.id = r.coordinator
left join portal.person t on t.id = r.contact
left join portal.submission u on u.record = r.id
left join portal.person b on b.id = u.submitted_by
left join portal.invitation i on i.record = r.id
left join portal.person n on n.id = i.invited_by
where r.child = %(child)s
order by r.started_at;

-- Requests of the child that were deleted when their time was over.
-- name: erased :many
select e.reference, e.outcome, e.since, e.years, e.erased_at from portal.erased e where e.child = %(child)s
order by e.erased_at;

-- Every field that was ever answered, in the order of its entries.
-- name: fields :many
select e.id as entry, e.list, e.position, e.team, e.withdrawn_at, e.withdrawn_reason, h.field
from portal.entry e
join (select distinct g.entry, g.field from portal.history g where g.record = %(record)s) h on h.entry = e.id
where e.record = %(record)s
order by e.list <> 'ersa', e.list, e.position, e.id, h.field;

-- Its texts, the earliest first, from after that version on.
-- name: history :many
select h.version, h.value, p.name as author, h.saved_at
from portal.history h
left join portal.person p on p.id = h.author
where h.entry = %(entry)s and h.field = %(field)s and h.version > %(after)s
order by h.version
limit %(most)s;

-- name: documents :many
select d.id, d.name, d.category, d.author, d.dated, d.added_at, p.name as added_by, d.availability, d.scan, d.made_from,
       d.withdrawn_at, d.withdrawn_reason, w.name as withdrawn_by, d.purged_at,
       exists (select from portal.content c where c.document = d.id) as there
from portal.document d
left join portal.person p on p.id = d.added_by
left join portal.person w on w.id = d.withdrawn_by
where d.record = %(record)s
order by d.added_at, d.id;

-- name: document_requests :many
select d.name, q.kind, a.name as asked_by, q.asked_at, q.reason, q.state, b.name as decided_by, q.decided_at, q.answer
from portal.document_request q
join portal.document d on d.id = q.document
join portal.person a on a.id = q.asked_by
left join portal.person b on b.id = q.decided_by
where q.record = %(record)s
order by q.asked_at, q.id;

-- name: appendices :many
select a.list, p.name as author, a.team, a.submitted_at, a.replaced_at, a.document
from portal.appendix a
join portal.person p on p.id = a.author
where a.record = %(record)s
order by a.submitted_at, a.id;

-- name: corrections :many
select k.field, coalesce(os.name, k.old) as old, coalesce(ns.name, k.new) as new, k.reason, a.name as asked_by,
       k.asked_at, k.state, d.name as decided_by, k.decided_at, k.answer
from portal.correction k
join portal.person a on a.id = k.asked_by
left join portal.person d on d.id = k.decided_by
left join portal.setting os on k.field = 'setting' and os.id::text = k.old
left join portal.setting ns on k.field = 'setting' and ns.id::text = k.new
where k.record = %(record)s
order by k.asked_at, k.id;
