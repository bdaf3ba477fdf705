-- What was sent to SENAS, as it was. `entries`: by list, the ids of the entries that were sent, in their order.

-- name: look :one
select s.id, s.received_at, s.incomplete_reason, s.lacking, p.name as submitted_by, p.job_title,
       p.email <> '' as mailed, d.id as document,
       (select coalesce(jsonb_object_agg(l.key, jsonb_path_query_array(l.value, '$[*].id')), '{}')
        from jsonb_each(s.answers -> 'lists') l) as entries
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
