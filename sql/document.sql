-- The documents of a record.

-- name: list :many
select d.id, d.name, d.category, d.author, d.dated, d.size, d.pages, d.added_at, d.submission, p.name as added_by
from portal.document d
left join portal.person p on p.id = d.added_by
where d.record = %(record)s
order by d.added_at desc, d.id;

-- name: open :one
select d.id, d.record, d.child, d.name, d.media_type, d.content
from portal.document d
where d.id = %(document)s and d.record = %(record)s;

-- name: add :value
insert into portal.document (record, setting, child, name, category, author, dated, submission, size, pages, sha256, content)
select r.id, r.setting, r.child, %(name)s, %(category)s, %(author)s, %(dated)s, %(submission)s,
       %(size)s, %(pages)s, %(sha256)s, %(content)s
from portal.record r
where r.id = %(record)s
returning id;
