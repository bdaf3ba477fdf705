-- SENAS's work queue: the open cases, and what else waits to be decided.

-- name: cases :many
-- Every open case. `seen`: somebody of SENAS has read it, or has taken a step; `new_document`: one has come since I looked.
select r.id as record, r.child, r.reference, r.status, r.coordinator, r.received_at, c.first_name, c.surname,
       s.name as setting, p.name as coordinator_name, coalesce(p.team, '') as team,
       r.status <> 'submitted' or exists (select from portal.look l where l.record = r.id) as seen,
       exists (select from portal.document d
               where d.record = r.id and d.submission is null and d.added_at > r.received_at
                 and d.added_at > coalesce((select l.at from portal.look l
                                            where l.record = r.id and l.person = priv.me()), r.received_at)) as new_document
from portal.record r
join portal.child c on c.id = r.child
join portal.setting s on s.id = r.setting
left join portal.person p on p.id = r.coordinator
where r.status in ('submitted', 'acknowledged', 'deciding', 'assessing', 'draft_plan')
order by r.received_at, r.id;

-- name: people :many
-- Everybody of SENAS, also who has left.
select id, name, team, here from portal.coordinators();

-- name: waiting :one
select (select count(*) from portal.document_request q where q.state = 'waiting' and q.kind = 'open') as open,
       (select count(*) from portal.document_request q where q.state = 'waiting' and q.kind = 'remove') as remove,
       (select count(*) from portal.correction k where k.state = 'waiting') as corrections,
       (select count(*) from portal.warning) as erased;
