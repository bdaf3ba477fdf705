-- What the figures are counted from: every request that was received, and the advice asked for.

-- name: cases :many
select r.id as record, r.status, r.received_at, s.name as setting
from portal.record r
join portal.setting s on s.id = r.setting
where r.status <> 'draft' and r.received_at is not null
order by r.received_at;
