-- Legal holds: a request on one is not deleted, however long ago it was closed.

-- The holds there have been on a request, the newest first.
-- name: list :many
select h.id, h.reason, h.placed_at, h.lifted_at, h.lifted_reason, p.name as placed_by, l.name as lifted_by
from portal.hold h
join portal.person p on p.id = h.placed_by
left join portal.person l on l.id = h.lifted_by
where h.record = %(record)s
order by h.placed_at desc;

-- Every one that stands, the oldest first.
-- name: standing :many
select h.record, h.reason, h.placed_at, p.name as placed_by, r.reference, c.id as child, c.first_name, c.surname
from portal.hold h
join portal.person p on p.id = h.placed_by
join portal.record r on r.id = h.record
join portal.child c on c.id = r.child
where h.lifted_at is null
order by h.placed_at, h.id;

-- No row: it is on one already.
-- name: place :value
insert into portal.hold (record, setting, child, reason)
select r.id, r.setting, r.child, %(reason)s
from portal.record r
where r.id = %(record)s
on conflict (record) where lifted_at is null do nothing
returning id;

-- No row: it was lifted already, or is not this person's to lift.
-- name: lift :value
update portal.hold h set lifted_reason = %(reason)s
where h.record = %(record)s and h.lifted_at is null
returning h.id;
