-- People and their accounts, for ICT alone: each function asks again who is there.

-- name: list :many
-- A page of the people who match, in order of their names, after the person `after`; `total` is how many do.
select id, name, email, job_title, role_of as role, team, username, state_of as state, signed_in_at, settings, total
from priv.people(%(words)s::text[], %(role)s, %(setting)s, %(state)s, %(after)s, %(most)s);

-- name: look :one
select id, name, email, phone, job_title, role, team, username, state, temporary, temporary_until, enrolled,
       disabled_at, signed_in_at, sessions, contact_of, coordinates, involved, asked
from priv.person_look(%(person)s);

-- name: settings :many
-- Where a person works.
select s.id, s.name
from portal.membership m
join portal.setting s on s.id = m.setting
where m.person = %(person)s
order by s.name;

-- name: open_settings :many
select s.id, s.name from portal.setting s where s.closed_on is null order by s.name;

-- name: alike :many
-- Other people of the same name or address.
select p.name, p.email
from portal.person p
where p.id <> %(person)s
  and (lower(p.name) = lower(%(name)s) or %(email)s <> '' and lower(p.email) = lower(%(email)s))
order by p.name, p.id
limit 5;

-- name: add :value
select priv.person_add(%(name)s, %(email)s, %(phone)s, %(job_title)s, %(role)s, %(team)s, %(search)s, %(settings)s);

-- name: change :value
-- The address before; null where there is no such person.
select priv.person_change(%(person)s, %(name)s, %(email)s, %(phone)s, %(job_title)s, %(role)s, %(team)s, %(search)s,
                          %(settings)s);

-- name: open_account :none
-- A user name that is taken raises a unique violation.
select priv.account_open(%(person)s, %(username)s, %(password)s, clock_timestamp() + %(life)s::interval);

-- name: free_username :value
select priv.username_free(%(start)s);

-- name: issue :value
-- A temporary password in place of the present one. False without an account.
select priv.password_issue(%(person)s, %(password)s, clock_timestamp() + %(life)s::interval, %(reason)s);

-- name: disable :value
select priv.account_disable(%(person)s, %(reason)s);

-- name: enable :value
select priv.account_enable(%(person)s, %(reason)s);

-- name: reset :value
-- 'reset'; 'used' where ICT's own code, or a later one, has been given before; null without an account.
select priv.account_reset(%(person)s, %(step)s, %(reason)s);

-- name: buckets :many
select key, level, age from priv.buckets(%(starts)s);

-- name: unlock :none
select priv.account_unlock(%(person)s, %(starts)s, %(reason)s);

-- name: stranded :one
-- How much of what they do they could see to no longer.
select contact_of, coordinates, involved, asked
from priv.stranded(%(person)s, %(role)s, %(settings)s::int[]);

-- name: successors :many
select id, name, job_title, settings from priv.successors(%(person)s);

-- name: work :many
-- Everything live that is this person's, and whether that colleague can take it over.
select kind, id, reference, setting, moves, record, due, asker
from priv.hand_over_list(%(person)s, %(colleague)s);

-- name: hand_over :value
-- How many were handed over, of those named side by side.
select priv.hand_over(%(person)s, %(colleague)s, %(kinds)s::text[], %(ids)s::uuid[], %(reason)s);
