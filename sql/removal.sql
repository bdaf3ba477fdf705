-- What should not be in a record, taken out by SENAS or ICT with a reason, and put back; see migrations/removal.sql.

-- name: list :many
select kind, id, name, type, team, added_by, added_at, removed_at, removed_by, reason, final
from portal.removable(%(reference)s);

-- No row: there is no such thing in the record any more.
-- name: take_out :one
select email from portal.take_out(%(reference)s, %(kind)s, %(thing)s, %(reason)s);

-- name: put_back :value
select portal.put_back(%(reference)s, %(kind)s, %(thing)s);
