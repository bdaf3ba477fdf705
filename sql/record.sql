-- A child's record: what stands at its head, and all that was written in it.

-- No row: there is none, or it is not for this person's eyes. Which of the two is nobody's business.
-- name: open :one
select r.id, r.child, r.setting, r.reference, r.form, r.status, r.started_at, r.received_at, r.acknowledged_at,
       r.withdrawn_at, wd.name as withdrawn_by, c.added_at = r.started_at as child_came_with_it,
       c.first_name, c.middle_names, c.surname, c.dob, c.sex, c.upn,
       c.address_line1, c.address_line2, c.address_line3, c.address_line4, c.postcode,
       s.name as setting_name, s.address as setting_address, s.postcode as setting_postcode,
       s.phone as setting_phone, s.email as setting_email, s.kind as setting_kind, s.urn as setting_urn,
       co.name as coordinator, co.email as coordinator_email, ct.name as contact,
       st.name as started_by, st.job_title as started_by_job, st.email as started_by_email, st.phone as started_by_phone,
       (select count(*) from portal.step q
        where q.record = r.id and q.kind = 'question'
          and not exists (select from portal.step c where c.corrects = q.id)
          and not exists (select from portal.step a
                          where a.record = r.id and a.kind = 'answer' and a.details ->> 'question' = q.id::text)
       ) as questions,
       (select w.goes from portal.warning w where w.record = r.id) as goes,
       priv.sight(r.id, r.child) as sight,
       array(select q.list from portal.advice_request q
             where q.record = r.id and q.asked_of = priv.me() and q.state = 'asked') as asked
from portal.record r
join portal.child c on c.id = r.child
join portal.setting s on s.id = r.setting
left join portal.person co on co.id = r.coordinator
left join portal.person ct on ct.id = r.contact
left join portal.person st on st.id = r.started_by
left join portal.person wd on wd.id = r.withdrawn_by
where r.id = %(record)s;

-- A child of one's own setting who has no live request gets one. No row: there is one already, or no such child.
-- name: start :value
insert into portal.record (child, setting, form)
select c.id, c.setting, %(form)s
from portal.child c
where c.id = %(child)s
on conflict (child) where status not in ('not_assess', 'not_issue', 'final_plan', 'withdrawn', 'moved_out', 'ceased')
    and withdrawn_at is null
do nothing
returning id;

-- name: live :value
select r.id
from portal.record r
where r.child = %(child)s
  and r.withdrawn_at is null
order by r.status in ('not_assess', 'not_issue', 'final_plan', 'withdrawn', 'moved_out', 'ceased'), r.started_at desc
limit 1;

-- The requests of these children but for `records`, newest first. `since`: the day on which it came to where it stands.
-- name: others :many
select r.id, r.child, r.reference, r.status, r.started_at, r.withdrawn_at,
       coalesce((r.withdrawn_at at time zone 'Europe/London')::date,
                (select max(s.happened_on) from portal.step s
                 where s.record = r.id and s.kind not in ('coordinator', 'question', 'answer', 'exception', 'void')
                   and not exists (select from portal.step c where c.corrects = s.id)),
                (r.started_at at time zone 'Europe/London')::date) as since
from portal.record r
where r.child = any (%(children)s)
  and r.id <> all (%(records)s)
order by r.started_at desc, r.id;

-- name: entries :many
select e.id, e.list, e.position, e.team, e.added_at, e.withdrawn_at, p.name as author, w.name as withdrawn_by,
       e.author = priv.me() as mine, e.author as author_id, e.whose = any ((select priv.my_teams())::text[]) as ours,
       e.withdrawn_reason
from portal.entry e
left join portal.person p on p.id = e.author
left join portal.person w on w.id = e.withdrawn_by
where e.record = %(record)s
order by e.list, e.position, e.added_at;

-- name: answers :many
select a.entry, a.field, a.value, a.version, a.saved_at, p.name as author
from portal.answer a
left join portal.person p on p.id = a.author
where a.record = %(record)s;

-- One number that changes whenever anything in the record does, but for advice that is being written beside it.
-- name: fingerprint :value
select coalesce((select sum(a.version) from portal.answer a
                  where a.record = %(record)s and a.field not like 'appendix\_%%'), 0)::text || '.' ||
       (select count(*) || '.' || count(e.withdrawn_at) || '.' || coalesce(sum(e.position * e.position), 0)
        from portal.entry e where e.record = %(record)s and e.list not like 'appendix\_%%');

-- Hold the record while it is submitted; the second of two waits here, and then finds it is no draft any more.
-- name: hold :one
select r.id, r.status, r.withdrawn_at from portal.record r where r.id = %(record)s for update;

-- A draft alone can be withdrawn. No row: it is none any more, or is withdrawn already.
-- name: withdraw :value
update portal.record r
set withdrawn_at = clock_timestamp()
where r.id = %(record)s and r.status = 'draft' and r.withdrawn_at is null
returning r.id;

-- A unique violation: the child has another request that is open by now.
-- name: take_up :value
update portal.record r
set withdrawn_at = null
where r.id = %(record)s and r.withdrawn_at is not null
returning r.id;

-- name: submit :none
update portal.record r
set status = 'submitted'
where r.id = %(record)s and r.status = 'draft';
