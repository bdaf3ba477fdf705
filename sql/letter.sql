-- Letters wait here, written in the same transaction as what they announce, until the loop has posted them.

-- name: add :none
insert into portal.letter (recipient, subject, body)
values (%(recipient)s, %(subject)s, %(body)s);

-- Several portals may post at once: each letter is held by one.
-- name: next :one
select l.id, l.recipient, l.subject, l.body, l.written_at, l.tries
from portal.letter l
where l.sent_at is null and l.next_try <= clock_timestamp()
order by l.next_try
limit 1
for update skip locked;

-- name: sent :none
update portal.letter set sent_at = clock_timestamp(), tries = tries + 1, problem = '' where id = %(letter)s;

-- What a letter said is not kept for long: it may hold a link that sets a password.
-- name: forget :none
update portal.letter set body = '' where sent_at < clock_timestamp() - interval '1 hour' and body <> '';

-- Tried again after one minute, then two, four ... up to an hour.
-- name: failed :none
update portal.letter
set tries = tries + 1,
    problem = %(problem)s,
    next_try = clock_timestamp() + least(interval '1 hour', interval '1 minute' * power(2, least(tries, 6)))
where id = %(letter)s;
