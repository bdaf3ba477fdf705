-- Families who chose the Parent Portal, once an assessment was agreed.

-- name: invitations :many
select r.id as record, r.child, r.reference, c.first_name, c.surname, s.name as setting,
       who.value as contact, mail.value as email, i.invited_at, p.name as invited_by,
       coalesce((select max(t.happened_on) from portal.step t where t.record = r.id and t.kind = 'assess')::timestamptz,
                r.received_at) as agreed
from portal.record r
join portal.child c on c.id = r.child
join portal.setting s on s.id = r.setting
join portal.entry e on e.record = r.id and e.list = 'ersa'
join portal.answer how on how.entry = e.id and how.field = 'communication_method' and how.value = 'parent_portal'
left join portal.answer who on who.entry = e.id and who.field = 'portal_contact'
left join portal.answer mail on mail.entry = e.id and mail.field = 'portal_email'
left join portal.invitation i on i.record = r.id
left join portal.person p on p.id = i.invited_by
where r.status in ('assessing', 'draft_plan', 'final_plan')
order by i.invited_at desc nulls first, agreed, r.reference;

-- name: invited :value
insert into portal.invitation (record, setting, child)
select r.id, r.setting, r.child from portal.record r
where r.id = %(record)s and r.status in ('assessing', 'draft_plan', 'final_plan')
on conflict (record) do update set record = excluded.record
returning record;

-- name: not_invited :value
delete from portal.invitation i where i.record = %(record)s returning i.record;
