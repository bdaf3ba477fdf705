-- The review page: when its reader last looked, and the answers as they were submitted.

-- A look goes on for half an hour; `since` is when the one before began, null at the first.
-- name: look :one
insert into portal.look as l (person, record)
values (priv.me(), %(record)s)
on conflict (person, record) do update
set since = case when l.at < clock_timestamp() - interval '30 minutes' then l.at else l.since end,
    at = case when l.at < clock_timestamp() - interval '30 minutes' then clock_timestamp() else l.at end
returning since, at;

-- name: sent :value
select s.answers from portal.submission s where s.record = %(record)s;
