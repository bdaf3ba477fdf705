-- What people do about their own accounts: forgotten passwords, being let in again, letters about falling asleep.

-- name: ask :none
-- At the door: something for the loop to see to. One row whoever is asked about.
select priv.errand_add(%(kind)s, %(username)s, %(address)s::inet);

-- name: errand :one
-- For the loop: the oldest errand, which is thereby done; no row when there is none.
select kind, person, username, name, email, state, left_codes from priv.errand_take(%(awake)s);

-- name: tell :none
-- For the loop: a letter to a person's address, where they have one.
select priv.account_letter(%(person)s, %(subject)s, %(body)s);

-- name: forgot :none
-- For the loop: a link that sets a new password. Older links are worth nothing from now on.
select priv.forgot_link_make(%(person)s, %(token)s, %(life)s, %(awake)s);

-- name: asleep_soon :many
-- For the loop: whom to tell now that their account falls asleep; each is told once for each number of days before.
select person, username, name, asleep_at from priv.falling_asleep(%(awake)s, %(days)s, %(most)s);

-- name: unlock_link :none
-- For the loop: a link that lets somebody try again at once.
select priv.unlock_link_make(%(person)s, %(token)s, %(life)s);

-- name: unlock_look :one
-- Whose link it is; no row where it cannot be used (any more).
select person, username from priv.unlock_link_look(%(token)s);

-- name: unlock :value
-- Wrong tries are forgotten. False where the link cannot be used (any more).
select priv.unlock_link_use(%(token)s, %(starts)s, %(address)s::inet);

-- name: second :value
-- At the code step: the second authenticator's secret, where there is one.
select priv.second_seed(%(token)s);

-- name: recover :value
-- A recovery code signs in, once. False when it is none of theirs, or used.
select priv.recovery_use(%(token)s, %(new_token)s, %(code)s, %(idle)s, %(life)s);

-- name: address_look :one
-- Whose new address that link confirms; no row where it cannot be used (any more).
select person, name, before, email from priv.address_look(%(token)s);

-- name: address_use :value
-- The new address from now on, and a letter to the one before. False where the link cannot be used (any more).
select priv.address_use(%(token)s, %(search)s, %(address)s::inet, %(subject)s, %(body)s);
