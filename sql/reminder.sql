-- Reminders of the dates of cases, and the week's overview: for the portal's background work alone.

-- name: cases :many
select record, reference, status, coordinator, email, steps, asked from portal.open_cases();

-- name: readers :many
select person, name, email, role from portal.digest_people(%(week)s::date);

-- True where nobody was reminded of this before.
-- name: once :value
select portal.remind(%(record)s, %(deadline)s, %(due)s::date, %(stage)s);

-- True where this person has not had this week's overview.
-- name: weekly :value
select portal.digest_once(%(person)s, %(week)s::date);
