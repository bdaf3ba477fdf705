-- The entries of a record's lists: parents, professionals, results, cycles, outcomes.

-- Where a field stands: an entry of the record, or the form's own where `entry` is null.
-- name: place :one
select r.id as record, r.child, r.form, r.withdrawn_at as draft_withdrawn_at, e.id as entry, e.list,
       e.whose = any ((select priv.my_teams())::text[]) as ours,
       e.withdrawn_at, p.name as author, priv.sight(r.id, r.child) as sight,
       array(select q.list from portal.advice_request q
             where q.record = r.id and q.asked_of = priv.me() and q.state = 'asked') as asked
from portal.record r
join portal.entry e on e.record = r.id
left join portal.person p on p.id = e.author
where r.id = %(record)s
  and (e.id = %(entry)s or (%(entry)s::uuid is null and e.list = 'ersa'));

-- The page made the identifier, so a double click adds one entry. No row: it was there already, or no such record.
-- name: add :value
insert into portal.entry (id, record, setting, child, list)
select %(entry)s, r.id, r.setting, r.child, %(list)s
from portal.record r
where r.id = %(record)s
  and (select count(*) from portal.entry e
       where e.record = r.id and e.list = %(list)s and e.withdrawn_at is null) < %(most)s
on conflict (id) do nothing
returning id;

-- name: withdraw :none
update portal.entry e
set withdrawn_at = clock_timestamp()
where e.id = %(entry)s and e.record = %(record)s and e.withdrawn_at is null;

-- Of an appendix its author has one at a time.
-- name: restore :none
update portal.entry e
set withdrawn_at = null
where e.id = %(entry)s and e.record = %(record)s and e.withdrawn_at is not null
  and not (e.list like 'appendix\_%%'
           and exists (select from portal.entry o
                       where o.record = e.record and o.list = e.list and o.author = e.author
                         and o.id <> e.id and o.withdrawn_at is null));

-- Changes places with the entry shown before it (`step` -1) or after it (1). None: it is the first or the last.
-- name: move :none
with here as (
    select e.id, e.list, e.position from portal.entry e where e.id = %(entry)s and e.record = %(record)s
), there as (
    select e.id, e.position
    from portal.entry e, here
    where e.record = %(record)s and e.list = here.list and e.withdrawn_at is null
      and (e.position - here.position) * %(step)s > 0
    order by abs(e.position - here.position)
    limit 1
)
update portal.entry e
set position = case when e.id = here.id then there.position else here.position end
from here, there
where e.id in (here.id, there.id);
