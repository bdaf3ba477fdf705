-- The audit trail, looked through by ICT; and who has opened a record, for its own people.

-- Whose name or address has all these words.
-- name: people :many
select p.id
from portal.person p
where p.search like all (%(words)s::text[]);

-- name: list :many
select id, at, name, host(address) as address, action, record, whom, successor, told, listed
from audit.log(%(people)s::int[], %(reference)s, %(upn)s, %(since)s::timestamptz, %(until)s::timestamptz, %(actions)s::text[],
               %(before)s::bigint, %(most)s);

-- name: readers :many
select day, person, name, job_title, team, action, times, earliest, latest
from audit.readers(%(record)s, %(before)s::date, %(days)s);
