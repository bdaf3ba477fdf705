-- Advice: the appendices that were submitted for a record, and the storing of one.

-- A document that was taken away is gone for most people, so that it does not join.
-- name: list :many
select a.entry, a.list, a.team, a.document, a.submitted_at, a.replaced_at, p.name as author, a.author as author_id,
       (d.id is null or d.withdrawn_at is not null) as withdrawn
from portal.appendix a
join portal.person p on p.id = a.author
left join portal.document d on d.id = a.document
where a.record = %(record)s
order by a.list, a.submitted_at;

-- Hold the entry while its advice is made; the version its answers had together. No row: it is not this
-- person's team's.
-- name: hold :one
select e.id, (select coalesce(sum(a.version), 0) from portal.answer a where a.entry = e.id) as version
from portal.entry e
where e.id = %(entry)s and e.record = %(record)s and e.withdrawn_at is null
  and e.whose = any ((select priv.my_teams())::text[])
for update of e;

-- name: replace :none
update portal.appendix a
set replaced_at = clock_timestamp()
from portal.entry e
where e.id = %(entry)s and a.record = e.record and a.list = e.list and a.author = e.author and a.replaced_at is null;

-- name: add :one
insert into portal.appendix (record, setting, child, entry, list, document)
select e.record, e.setting, e.child, e.id, e.list, %(document)s
from portal.entry e
where e.id = %(entry)s and e.record = %(record)s
returning id, submitted_at;
