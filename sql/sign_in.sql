-- name: take :value
-- Take one from a leaky bucket: 0 when there was room, otherwise the seconds to wait.
select priv.bucket_take(%(bucket)s, %(holds)s, %(empties)s)

-- name: give :none
-- Give one back: it turned out to be no failure.
select priv.bucket_give(%(bucket)s)

-- name: find :one
-- The account of that user name, in any case of letters; no row when there is none.
select person, password, temporary, too_old, disabled, enrolled, name, email
from priv.account_find(%(username)s)

-- name: rehash :none
-- The same password, hashed as is right today.
select priv.account_rehash(%(person)s, %(before)s, %(after)s)

-- name: fail :none
-- One more failure for the audit trail; the person is null where the name is nobody's.
select priv.sign_in_failed(%(person)s::int, %(address)s::inet, %(why)s)

-- name: begin :value
-- After the right password: a session at the first stage still to be done, which is the answer.
select priv.session_begin(%(token)s, %(person)s, %(idle)s, %(life)s, %(address)s::inet, %(browser)s)

-- name: choose :value
-- A password of one's own. The next stage; null where this session may not choose.
select priv.password_choose(%(token)s, %(new_token)s, %(password)s, %(idle)s, %(life)s)

-- name: offer :value
-- A new secret for an authenticator. False where this session may not enrol.
select priv.seed_offer(%(token)s, %(seed)s)

-- name: secret :one
-- The secret this session's code is checked against, and the time there; no row when no code is due.
select person, username, stage, seed, seconds from priv.seed_look(%(token)s)

-- name: use :value
-- A right code of that time step signs in. False when the code, or a later one, has been used before.
select priv.code_use(%(token)s, %(new_token)s, %(step)s, %(idle)s, %(life)s)

-- name: demo :one
-- An invented person's secret; no row for a real one.
select person, name, seed, last_step, seconds from priv.demo_seed(%(username)s)
