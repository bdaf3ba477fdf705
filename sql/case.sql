-- The steps of a request's life, and the look somebody of SENAS takes at it.

-- All steps, in their order. `void` and corrected ones too: `corrected` says so.
-- name: steps :many
select s.id, s.kind, s.happened_on, s.at, s.place, s.reason, s.details, s.corrects, p.name as author, p.id as author_id,
       exists (select from portal.step c where c.corrects = s.id) as corrected
from portal.step s
left join portal.person p on p.id = s.author
where s.record = %(record)s
order by s.place, s.at;

-- The step's id, or why it was not taken: 'order', 'day', 'gone', 'live'; see migrations/case.sql.
-- name: take :value
select portal.step_take(%(record)s, %(kind)s, %(happened_on)s::date, %(reason)s, %(details)s::jsonb, %(corrects)s::uuid);

-- Whom a letter about the case goes to; `part` is 'setting', 'coordinator' or 'adviser'.
-- name: people :many
select part, person, email from portal.case_people(%(record)s);

-- Whom a case can be given to.
-- name: coordinators :many
select id, name, job_title from portal.coordinators() where here;

-- The steps of several records, each record's in their order; of exceptions no more than the reader may know.
-- name: of_many :many
select s.record, s.id, s.kind, s.happened_on, s.at, s.place, s.reason, s.details, s.corrects, null as author,
       exists (select from portal.step c where c.corrects = s.id) as corrected
from portal.step s
where s.record = any (%(records)s)
union all
select m.record, m.id, 'exception', m.happened_on, m.at, m.place, '', m.details, null, null, false
from portal.step_moved(%(records)s) m
order by 1, place, at;
