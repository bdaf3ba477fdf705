-- Corrections of the register's facts about a child: asked for from the record, decided by SENAS or Education ICT.

-- What was asked for a child, newest first, as far as this person may see. Settings come as their names.
-- name: asked :many
select k.id, k.field, k.reason, k.asked_at, k.state, k.decided_at, k.answer,
       coalesce(os.name, k.old) as old, coalesce(ns.name, k.new) as new,
       a.name as asked_by, k.asked_by = priv.me() as mine, d.name as decided_by
from portal.correction k
join portal.person a on a.id = k.asked_by
left join portal.person d on d.id = k.decided_by
left join portal.setting os on k.field = 'setting' and os.id::text = k.old
left join portal.setting ns on k.field = 'setting' and ns.id::text = k.new
where k.child = %(child)s
order by k.asked_at desc;

-- No row: a request for the same fact waits already.
-- name: ask :value
insert into portal.correction (record, setting, child, field, new, reason)
select r.id, r.setting, r.child, %(field)s, %(new)s, %(reason)s
from portal.record r
where r.id = %(record)s
on conflict (child, field) where state = 'waiting' do nothing
returning id;

-- Where a child may move to.
-- name: settings :many
select s.id, s.name
from portal.setting s
where s.closed_on is null and s.id <> %(present)s
order by s.name;

-- The queue of SENAS and ICT: what waits, oldest first; or what was decided, newest first; or `one` alone.
-- name: list :many
select id, record, child, reference, reachable, decidable, name, setting, field, old, new, now, reason, asked_by, asked_at,
       state, decided_by, decided_at, answer
from portal.correction_list(%(waiting)s, %(one)s, %(after)s, %(most)s);

-- The request and the child, held until the end of the transaction. No row: no such request.
-- name: hold :one
select id, record, reference, field, new, state, first_name, middle_names, surname, asked_by, email, decided_by
from portal.correction_hold(%(correction)s);

-- 'applied' or 'refused' as decided, or why it was neither; see migrations/corrections.sql.
-- name: decide :value
select portal.correction_decide(%(correction)s, %(apply)s, %(search)s, %(answer)s);

-- Who is told that a record has come to their setting.
-- name: receivers :many
select p.email
from portal.membership m
join portal.person p on p.id = m.person
where m.setting = %(setting)s and p.role = 'senco' and p.email <> '';
