-- name: look :one
-- Who this is and how long they have; no row when the session is over. `active` begins the idle time anew.
select person, name, role, team, username, stage, remaining, last
from priv.session_look(%(token)s, %(active)s)

-- name: whose :one
-- Whose session this was before it ran out; no row after a sign-out, or a day later.
select person, username from priv.session_whose(%(token)s)

-- name: end :none
-- Sign out.
select priv.session_end(%(token)s)

-- name: purge :value
-- For the background loop: forget old sessions and empty buckets. How many rows went.
select priv.session_purge()
