-- The documents of a record: listed, brought, opened, taken back, and what people ask SENAS for about them.

-- As this person sees them: may they open it, have they asked, is it theirs.
-- name: list :many
select d.id, d.name, d.category, d.author, d.dated, d.size, d.pages, d.added_at, d.submission, p.name as added_by,
       d.added_by = priv.me() as mine, d.availability, d.scan, d.made_from, d.withdrawn_at, d.withdrawn_reason,
       w.name as withdrawn_by, coalesce(d.withdrawn_by = priv.me(), false) as withdrawn_by_me, d.purged_at,
       exists (select from portal.content c where c.document = d.id) as may_open,
       o.state as asked, o.answer, m.state as removal, m.answer as removal_answer, g.granted, x.replaced_at
from portal.document d
left join portal.person p on p.id = d.added_by
left join portal.person w on w.id = d.withdrawn_by
left join portal.appendix x on x.document = d.id    -- advice, and whether later advice took its place
left join lateral (
    select q.state, q.answer from portal.document_request q
    where q.document = d.id and q.kind = 'open' and q.asked_by = priv.me()
    order by q.asked_at desc limit 1
) o on true
left join lateral (
    select q.state, q.answer from portal.document_request q
    where q.document = d.id and q.kind = 'remove' and q.asked_by = priv.me()
    order by q.asked_at desc limit 1
) m on true
left join lateral (     -- for SENAS, whom it let open what it keeps to itself; others are shown no request but their own
    select json_agg(json_build_object('request', q.id, 'name', a.name) order by a.name, q.id) as granted
    from portal.document_request q
    join portal.person a on a.id = q.asked_by
    where q.document = d.id and q.kind = 'open' and q.state = 'granted' and d.availability = 'senas'
) g on true
where d.record = %(record)s
order by d.withdrawn_at is not null, d.added_at desc, d.id;

-- What people brought, as far as it is there: to choose from, and to see what usually comes and is missing.
-- name: brought :many
select d.name, d.category
from portal.document d
where d.record = %(record)s and d.withdrawn_at is null and d.submission is null
order by d.added_at, d.id;

-- Its content is null where this person may not open it. One's own advice is there when its record no longer is.
-- name: open :one
select d.id, d.record, d.child, d.name, d.category, d.author, d.dated, d.pages, d.availability, d.scan,
       d.submission, d.withdrawn_at, d.purged_at, d.added_by = priv.me() as mine, c.content, r.reference,
       x.replaced_at
from portal.document d
left join portal.record r on r.id = d.record
left join portal.content c on c.document = d.id
left join portal.appendix x on x.document = d.id
where d.id = %(document)s and d.record = %(record)s;

-- The same without its content, held until the transaction ends.
-- name: look :one
select d.id, d.name, d.category, d.availability, d.scan, d.submission, d.withdrawn_at, d.purged_at,
       d.added_by = priv.me() as mine, exists (select from portal.content c where c.document = d.id) as may_open,
       p.email as added_by_email, r.status, r.reference, s.email as coordinator_email
from portal.document d
join portal.record r on r.id = d.record
left join portal.person p on p.id = d.added_by
left join portal.person s on s.id = r.coordinator
where d.id = %(document)s and d.record = %(record)s;

-- name: add :value
insert into portal.document (record, setting, child, name, category, author, dated, submission, size, pages, sha256,
                             brought_sha256, scan, made_from)
select r.id, r.setting, r.child, %(name)s, %(category)s, %(author)s, %(dated)s, %(submission)s,
       %(size)s, %(pages)s, %(sha256)s, %(brought_sha256)s, %(scan)s, %(made_from)s
from portal.record r
where r.id = %(record)s
returning id;

-- name: fill :none
insert into portal.content (document, content) values (%(document)s, %(content)s);

-- The same file, brought before: itself, or what was made of it.
-- name: same :one
select d.id, d.name, d.added_at, p.name as added_by
from portal.document d
left join portal.person p on p.id = d.added_by
where d.record = %(record)s and d.withdrawn_at is null
  and (d.sha256 = %(sha256)s or d.brought_sha256 = %(brought_sha256)s)
order by d.added_at
limit 1;

-- name: withdraw :value
update portal.document d set withdrawn_at = clock_timestamp(), withdrawn_reason = %(reason)s
where d.id = %(document)s and d.record = %(record)s and d.withdrawn_at is null and d.submission is null
returning d.id;

-- name: restore :value
update portal.document d set withdrawn_at = null
where d.id = %(document)s and d.record = %(record)s and d.withdrawn_at is not null and d.purged_at is null
returning d.id;

-- name: make_available :value
update portal.document d set availability = %(availability)s
where d.id = %(document)s and d.record = %(record)s and d.withdrawn_at is null and d.submission is null
returning d.id;

-- No row: this person's request waits already.
-- name: ask :value
insert into portal.document_request (document, record, setting, child, kind, reason)
select d.id, d.record, d.setting, d.child, %(kind)s, %(reason)s
from portal.document d
where d.id = %(document)s and d.record = %(record)s
on conflict (document, kind, asked_by) where state = 'waiting' do nothing
returning id;

-- What waits for SENAS, oldest first; or what was decided, newest first.
-- name: requests :many
select q.id, q.kind, q.reason, q.asked_at, q.state, q.answer, q.decided_at, a.name as asked_by, a.job_title,
       b.name as decided_by, d.id as document, d.name, d.category, d.added_at, d.author, p.name as added_by,
       r.id as record, r.reference, s.name as setting, k.first_name || ' ' || k.surname as child
from portal.document_request q
join portal.document d on d.id = q.document
join portal.record r on r.id = q.record
join portal.setting s on s.id = r.setting
join portal.child k on k.id = r.child
join portal.person a on a.id = q.asked_by
left join portal.person p on p.id = d.added_by
left join portal.person b on b.id = q.decided_by
where (q.state = 'waiting') = %(waiting)s
order by case when q.state = 'waiting' then q.asked_at end, q.decided_at desc, q.id
limit %(most)s;

-- name: hold :one
select q.id, q.kind, q.state, q.reason, q.document, q.record, r.reference, r.child, d.name, a.email, a.name as asked_by
from portal.document_request q
join portal.document d on d.id = q.document
join portal.record r on r.id = q.record
join portal.person a on a.id = q.asked_by
where q.id = %(request)s
for update of q;

-- name: decide :none
update portal.document_request q set state = %(state)s, answer = %(answer)s
where q.id = %(request)s and q.state = 'waiting';

-- Take back that somebody may open it. Null: it was taken back already.
-- name: revoke :value
update portal.document_request q set state = 'revoked'
where q.id = %(request)s and q.kind = 'open' and q.state = 'granted'
returning q.id;

-- Whose requests have ended with a document that was taken away just now.
-- name: ended :many
select kind, record, reference, email from portal.document_ended(%(document)s);

-- What was taken back long enough ago is cleared away; by the background work.
-- name: purge :value
select portal.document_purge(make_interval(days => %(days)s));

-- name: unscanned :one
select document, content from portal.document_unscanned(%(asked)s);

-- Of a file with a virus whom to tell.
-- name: scanned :one
select email, record, reference from portal.document_scanned(%(document)s, %(clean)s);
