-- Files somebody has brought. Row-level security shows each to whoever brought it, for half an hour.

-- name: bring :value
insert into portal.import (person, kind, name, content)
values (priv.me(), %(kind)s, %(name)s, %(content)s)
returning id;

-- One file at a time: an older one of the same kind is put away.
-- name: put_away :none
delete from portal.import where kind = %(kind)s and state not in ('applying');

-- `stopped`: whoever worked on it has not been heard of for a while.
-- name: look :one
select i.id, i.kind, i.name, i.state, i.ends_at, i.done, i.total, i.report, i.failed is not null as has_failed,
       i.state in ('reading', 'applying') and i.worked_at < clock_timestamp() - interval '20 seconds' as stopped
from portal.import i
where i.id = %(file)s and i.kind = %(kind)s;

-- name: failed :value
select i.failed from portal.import i where i.id = %(file)s and i.kind = %(kind)s;

-- name: content :one
select i.content, i.name from portal.import i where i.id = %(file)s;

-- Begin to work on it, unless somebody does. Whose work it is now, or null. How many rows will be applied is known
-- from looking through them.
-- name: take :value
update portal.import
set state = %(state)s, claim = gen_random_uuid(), worked_at = clock_timestamp(), done = 0,
    total = coalesce((report ->> 'good')::int, 0)
where id = %(file)s
  and (state = any (%(before)s)
       or state in ('reading', 'applying') and worked_at < clock_timestamp() - interval '20 seconds')
returning claim;

-- A count that is not known yet leaves the one that was.
-- name: progress :none
update portal.import set done = %(done)s, total = coalesce(nullif(%(total)s, 0), total), worked_at = clock_timestamp()
where id = %(file)s and claim = %(claim)s;

-- How it ended; none where somebody else has taken over.
-- name: end :none
update portal.import
set state = %(state)s, report = %(report)s::jsonb, failed = %(failed)s, worked_at = clock_timestamp()
where id = %(file)s and claim = %(claim)s;

-- name: children_here :many
select h.upn, h.search, h.dob, h.setting from priv.children_here(%(upns)s, %(searches)s, %(dobs)s) h;

-- name: add_children :value
select priv.children_add(%(children)s::jsonb);

-- name: accounts_here :many
select h.username, h.name, h.role from priv.accounts_here(%(usernames)s) h;

-- Everybody, to be told apart from those who are brought; '' without an account.
-- name: people_here :many
select h.name, h.email, h.username from priv.people_here() h;

-- name: purge :value
select priv.import_purge();
