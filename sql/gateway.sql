-- The children a person may see, each with one record: the one that is open (there is one at most), else the newest.
-- Row-level security decides which. `upn` is the beginning of one. The others are in record.others. A child who was
-- added together with a draft that was withdrawn, and has no other request, is there only where `all` are asked for.

-- name: by_name :many
select c.id, c.first_name, c.surname, c.dob, c.upn, s.name as setting,
       r.id as record, r.reference, r.form, r.status, r.received_at, r.acknowledged_at, c.changed_at
from portal.child c
join portal.setting s on s.id = c.setting
left join lateral (
    select * from portal.record x
    where x.child = c.id and x.withdrawn_at is null
    order by x.status in ('not_assess', 'not_issue', 'final_plan', 'withdrawn', 'moved_out', 'ceased'), x.started_at desc
    limit 1
) r on true
where c.search like all (%(words)s::text[])
  and (%(upn)s::text is null or c.upn collate "C" between %(upn)s and %(upn)s || 'ZZZ')
  and (%(dob)s::date is null or c.dob = %(dob)s)
  and (%(reference)s::text is null
       or c.id = (select x.child from portal.record x where x.reference = %(reference)s))
  and (%(all)s or r.id is not null
       or not exists (select from portal.record x where x.child = c.id and x.started_at = c.added_at))
  and (%(after)s::uuid is null
       or (c.search, c.id) > (select a.search, a.id from portal.child a where a.id = %(after)s))
order by c.search, c.id
limit %(most)s;

-- name: by_change :many
select c.id, c.first_name, c.surname, c.dob, c.upn, s.name as setting,
       r.id as record, r.reference, r.form, r.status, r.received_at, r.acknowledged_at, c.changed_at
from portal.child c
join portal.setting s on s.id = c.setting
left join lateral (
    select * from portal.record x
    where x.child = c.id and x.withdrawn_at is null
    order by x.status in ('not_assess', 'not_issue', 'final_plan', 'withdrawn', 'moved_out', 'ceased'), x.started_at desc
    limit 1
) r on true
where c.search like all (%(words)s::text[])
  and (%(upn)s::text is null or c.upn collate "C" between %(upn)s and %(upn)s || 'ZZZ')
  and (%(dob)s::date is null or c.dob = %(dob)s)
  and (%(reference)s::text is null
       or c.id = (select x.child from portal.record x where x.reference = %(reference)s))
  and (%(all)s or r.id is not null
       or not exists (select from portal.record x where x.child = c.id and x.started_at = c.added_at))
  and (%(after)s::uuid is null
       or (c.changed_at, c.id) < (select a.changed_at, a.id from portal.child a where a.id = %(after)s))
order by c.changed_at desc, c.id desc
limit %(most)s;

-- As far as anybody counts: the list must not slow as it grows.
-- name: count :value
select count(*)
from (
    select
    from portal.child c
    where c.search like all (%(words)s::text[])
      and (%(upn)s::text is null or c.upn collate "C" between %(upn)s and %(upn)s || 'ZZZ')
      and (%(dob)s::date is null or c.dob = %(dob)s)
      and (%(reference)s::text is null
           or c.id = (select x.child from portal.record x where x.reference = %(reference)s))
      and (%(all)s or not exists (select from portal.record x where x.child = c.id and x.started_at = c.added_at)
           or exists (select from portal.record x where x.child = c.id and x.withdrawn_at is null))
    limit %(most)s
) found;

-- Every answer of several records, to count what each still lacks.
-- name: answers :many
select a.record, a.entry, e.list, a.field, a.value
from portal.answer a
join portal.entry e on e.id = a.entry
where a.record = any (%(records)s)
  and e.withdrawn_at is null;

-- name: entries :many
select e.id, e.record, e.list
from portal.entry e
where e.record = any (%(records)s)
  and e.withdrawn_at is null
order by e.list, e.position;

-- name: facts :many
select r.id as record, c.first_name, c.middle_names, c.surname, c.dob, c.sex, c.upn,
       c.address_line1, c.address_line2, c.address_line3, c.address_line4, c.postcode, s.name as setting_name
from portal.record r
join portal.child c on c.id = r.child
join portal.setting s on s.id = r.setting
where r.id = any (%(records)s);
