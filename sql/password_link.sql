-- Links sent by mail that set a password, known by the hash of their token.

-- name: send :value
-- ICT makes one; older ones are worth nothing from now on. False without an account, or where it is disabled.
select priv.password_link_send(%(person)s, %(token)s, %(life)s, %(reason)s);

-- name: look :one
-- Whose it is; no row where it cannot be used (any more).
select person, username, name, email from priv.password_link_look(%(token)s);

-- name: use :value
-- The password from now on, and a letter about it. False where the link cannot be used (any more).
select priv.password_link_use(%(token)s, %(password)s, %(address)s::inet, %(subject)s, %(body)s);
