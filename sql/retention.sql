-- How long requests are kept, what comes up for deletion, what was deleted; see migrations/retention.sql.

-- Every rule there has been, the newest of each outcome first: that one holds.
-- name: rules :many
select u.outcome, u.since, u.years, u.reason, u.set_at, p.name as set_by
from portal.retention_rule u
left join portal.person p on p.id = u.set_by
order by u.id desc;

-- name: set :none
insert into portal.retention_rule (outcome, since, years, reason)
values (%(outcome)s, %(since)s, %(years)s, %(reason)s);

-- How many requests of that outcome would come up within ninety days under such a rule, and how many do now.
-- name: test :one
select would, now from portal.retention_try(%(outcome)s, %(since)s, %(years)s);

-- What comes up, what goes first at the top. Of a draft no child: it is not SENAS's to see.
-- name: coming :many
select w.record, w.reference, w.outcome, w.since, w.years, w.closed_on, w.due, w.warned_on, w.goes, c.id as child,
       c.first_name, c.surname, c.dob, s.name as setting
from portal.warning w
join portal.setting s on s.id = w.setting
left join portal.record r on r.id = w.record
left join portal.child c on c.id = r.child
order by w.goes, w.record
limit %(most)s offset %(skip)s;

-- name: counts :one
select (select count(*) from portal.warning) as coming,
       (select count(*) from portal.hold h where h.lifted_at is null) as held,
       (select count(*) from portal.erased) as erased;

-- What is left of those that were deleted, the newest first.
-- name: erased :many
select e.reference, e.outcome, e.since, e.years, e.started_on, e.received_on, e.closed_on, e.warned_on, e.erased_at,
       s.name as setting
from portal.erased e
join portal.setting s on s.id = e.setting
order by e.erased_at desc, e.record
limit %(most)s;

-- How one request is kept; its outcome is null as long as it is open. No row: it is not for this person's eyes.
-- name: look :one
select outcome, since, years, born, closed_on, due, open_beside, goes, held from portal.retention_look(%(record)s);

-- What is left of a request that was deleted, for whom it may be told.
-- name: gone :one
select reference, outcome, since, years, erased_on from portal.erased_look(%(record)s);

-- ---- the background work

-- name: warn :none
select portal.retention_warn();

-- name: tell :many
select email, record, reference, outcome, since, years, goes from portal.retention_tell();

-- name: over :many
select record, reference from portal.retention_over(%(most)s);

-- False: it is not due any more, or somebody works with it just now.
-- name: erase :value
select portal.retention_erase(%(record)s);
