-- The review page: when its reader last looked, and the answers as they were submitted.

-- When the look before this one ended, null at the first. A look goes on as long as the page is opened again within half an
-- hour, so that marks outlast a reload, however long somebody reads; all that came before its last opening was on the page
-- then. No row: no record of theirs.
-- name: look :one
insert into portal.look as l (person, record)
select priv.me(), r.id from portal.record r where r.id = %(record)s
on conflict (person, record) do update
set since = case when l.at < clock_timestamp() - interval '30 minutes' then l.at else l.since end, at = clock_timestamp()
returning since;

-- The same without a look: a document is shown beside the page, which stays as it was.
-- name: since :one
select l.since from portal.look l where l.record = %(record)s and l.person = priv.me();

-- name: sent :value
select s.answers from portal.submission s where s.record = %(record)s;
