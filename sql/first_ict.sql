-- The first person of ICT, invited by the portal itself when nobody else can be.

-- name: there :value
-- Whether somebody of ICT has signed in, whose account is open.
select priv.ict_there();

-- name: invite :one
-- 'over' where ICT is there, 'waiting' where a link to that address still works, else 'invited' and who that is.
select outcome, invited as person, username_of as username
from priv.first_ict(%(name)s, %(email)s, %(username)s, %(search)s, %(password)s, %(token)s, %(life)s);
