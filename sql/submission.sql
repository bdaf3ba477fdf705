-- What was sent to SENAS, as it was.

-- name: look :one
select s.id, s.received_at, s.incomplete_reason, s.lacking, p.name as submitted_by, p.job_title,
       p.email <> '' as mailed, d.id as document
from portal.submission s
join portal.person p on p.id = s.submitted_by
left join portal.document d on d.submission = s.id
where s.record = %(record)s;

-- name: add :one
insert into portal.submission (record, setting, child, form, incomplete_reason, lacking, answers)
select r.id, r.setting, r.child, r.form, %(incomplete_reason)s, %(lacking)s::jsonb, %(answers)s::jsonb
from portal.record r
where r.id = %(record)s
returning id, received_at;
