-- Somebody signed in looks after their own account.

-- name: look :one
-- The account, its authenticators' secrets, and the server's clock in seconds since 1970.
select person, name, email, username, enrolled_at, second_at, codes, first_codes, seed, seed_second, seconds
from priv.my_account();

-- name: make_codes :value
-- New recovery codes instead of the old. `step` proves it; null only just after enrolling. False where not proven.
select priv.recovery_make(%(codes)s, %(step)s);

-- name: offer :value
-- A new authenticator, proven by a code's step or a recovery code. False where that has been used.
select priv.authenticator_offer(%(place)s, %(seed)s, %(step)s, %(code)s);

-- name: offered :one
-- The new authenticator this session is setting up; no row when it is setting up none.
select person, seed, place, seconds from priv.authenticator_offered();

-- name: take :value
-- From now on the new authenticator counts. False where none is being set up.
select priv.authenticator_take(%(step)s);

-- name: remove :value
-- Of two authenticators one goes. False where the code has been used, or there is only one.
select priv.authenticator_remove(%(place)s, %(step)s);

-- name: set_password :value
-- False where it has been changed meanwhile.
select priv.my_password_set(%(before)s, %(password)s);

-- name: offer_address :none
-- A new address, which counts once the link sent to it has been followed.
select priv.address_offer(%(email)s, %(token)s, %(life)s);

-- name: sessions :many
-- Where I am signed in, this browser first.
select handle, began, seen, address, browser, mine from priv.my_sessions();

-- name: end_session :value
-- False where there is no such session any more.
select priv.my_session_end(%(handle)s);

-- name: end_sessions :value
-- Every session but this one. How many ended.
select priv.my_sessions_end();
