-- Requests for advice; see migrations/advice_requests.sql.

-- name: list :many
select q.id, q.list, q.asked_at, q.due, q.statutory, q.words, q.state, q.ended_at, q.reason, q.whole,
       q.asked_of = priv.me() as mine, (q.asked_at at time zone 'Europe/London')::date as asked_on,
       coalesce(o.name, '') as asked_of, coalesce(nullif(q.team, ''), o.team) as team, b.name as asked_by,
       b.role as asked_by_role, portal.advice_away(q.id) as away
from portal.advice_request q
left join portal.person o on o.id = q.asked_of
join portal.person b on b.id = q.asked_by
where q.record = %(record)s
order by q.state <> 'asked', q.due, q.asked_at;

-- Who may be asked, of these teams; for who is asked and passes it on, the colleagues.
-- name: people :many
select id, name, team, email, role from portal.advice_people(%(record)s, %(teams)s::text[]);

-- No row: the same was asked already, cannot be asked of them, or nobody waits for it any more.
-- name: ask :one
select id, due from portal.advice_ask(%(record)s, %(list)s, %(of)s::int, %(team)s, %(due)s::date, %(words)s, %(whole)s, %(teams)s::text[]);

-- Whether SENAS asks for this record now with the law's six weeks, because it has decided to assess.
-- name: statutory :value
select priv.advice_statutory(%(record)s);

-- The addresses of who is asked, or of the team.
-- name: told :many
select advice_told as email from portal.advice_told(%(request)s);

-- The date it has from then on. Null: it is no longer open.
-- name: change :value
select portal.advice_change(%(request)s, %(due)s::date, %(whole)s);

-- name: cancel :value
select portal.advice_cancel(%(request)s);

-- Whom to tell. No row: it was answered or passed on already.
-- name: finish :one
select email, passed_to from portal.advice_end(%(request)s, %(to)s::int, %(reason)s);

-- What this person and their team are asked for, then what this person gave.
-- name: mine :many
select id, record, child, reference, name, dob, setting, list, due, statutory, words, asked_by, asked_at,
       (asked_at at time zone 'Europe/London')::date as asked_on, needed, open, mine, document, given_at
from portal.advice_mine()
order by given_at desc nulls first, due, reference;

-- The record. Null: somebody else took it.
-- name: take :value
select portal.advice_take(%(request)s);

-- Of these records those this person sees no more of than they were asked for.
-- name: narrow :many
select r.id from portal.record r where r.id = any (%(records)s) and priv.sight(r.id, r.child) = 'asked';

-- What this person was asked for in several records, and what services were asked for: for the dates.
-- name: of_many :many
select q.record, coalesce(o.team, q.team) as team, (q.asked_at at time zone 'Europe/London')::date as asked_on,
       case when q.state = 'done' then (q.ended_at at time zone 'Europe/London')::date end as given_on, q.due,
       q.asked_of = priv.me() as mine, q.state, q.statutory, coalesce(q.origin, q.id) as request,
       coalesce(o.name, '') as asked_of
from portal.advice_request q
left join portal.person o on o.id = q.asked_of
where q.record = any (%(records)s) and q.state in ('asked', 'done')
order by q.asked_at;

-- name: remind :many
select email, reference, record, list, due, away, taken from portal.advice_remind(%(today)s::date);
