-- Requests for advice; see migrations/advice_requests.sql.

-- name: list :many
select q.id, q.list, q.asked_at, q.due, q.words, q.state, q.ended_at, q.reason, q.asked_of = priv.me() as mine,
       o.name as asked_of, o.team, b.name as asked_by,
       q.state = 'asked' and q.asked_of not in (select portal.advisers()) as away
from portal.advice_request q
join portal.person o on o.id = q.asked_of
join portal.person b on b.id = q.asked_by
where q.record = %(record)s
order by q.state <> 'asked', q.due, q.asked_at;

-- Who may be asked.
-- name: advisers :many
select p.id, p.name, p.team, p.team = priv.my_team() and p.id <> priv.me() as colleague, p.email
from portal.person p
where p.id in (select portal.advisers())
order by p.team, p.name, p.id;

-- name: ask :value
select portal.advice_ask(%(record)s, %(list)s, %(of)s, %(due)s::date, %(words)s);

-- Whom to tell. No row: it was answered or passed on already.
-- name: finish :one
select email, passed_to from portal.advice_end(%(request)s, %(to)s::int, %(reason)s);

-- What this person was asked for in several records, and what services were asked for: for the dates.
-- name: of_many :many
select q.record, o.team, (q.asked_at at time zone 'Europe/London')::date as asked_on,
       case when q.state = 'done' then (q.ended_at at time zone 'Europe/London')::date end as given_on, q.due,
       q.asked_of = priv.me() as mine, q.state
from portal.advice_request q
join portal.person o on o.id = q.asked_of
where q.record = any (%(records)s) and q.state in ('asked', 'done')
order by q.asked_at;

-- name: remind :many
select email, reference, record, list, due, away from portal.advice_remind(%(today)s::date);
