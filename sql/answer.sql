-- One field of one entry. The statement `save` is where no word is lost.

-- Written when nobody else wrote since the version this text was based on, or when all since was this same client's
-- own unbroken run; never twice for the same or an older step of a client. What was not written says why:
--   same        the text is already there            superseded  this client has already saved this or a later step
--   conflict    somebody else's version is newer: `value` is theirs
-- No row: no such entry for this person (or, very rarely, two first saves at the same moment: ask again).
-- name: save :one
with written as (
    insert into portal.answer as a (entry, field, record, setting, child, value, version, client, seq, run_base)
    select e.id, %(field)s, e.record, e.setting, e.child, %(value)s, 1, %(client)s, %(seq)s, 0
    from portal.entry e
    where e.id = %(entry)s and e.record = %(record)s and e.withdrawn_at is null
    on conflict (entry, field) do update
    set value = excluded.value,
        version = a.version + 1,
        client = excluded.client,
        seq = excluded.seq,
        run_base = case when a.client = excluded.client then a.run_base else a.version end
    where not (a.client = excluded.client and a.seq >= excluded.seq)
      and a.value <> excluded.value
      and (a.version = %(base)s or (a.client = excluded.client and %(base)s >= a.run_base))
    returning 'saved' as outcome, a.version, a.saved_at, a.author, a.value
)
select w.outcome, w.version, w.saved_at, w.value, p.name as author, true as mine
from written w
left join portal.person p on p.id = w.author
union all
select case when a.client = %(client)s and a.seq >= %(seq)s then 'superseded'
            when a.value = %(value)s then 'same'
            else 'conflict' end,
       a.version, a.saved_at, a.value, p.name, a.author = priv.me()
from portal.answer a
left join portal.person p on p.id = a.author
where a.entry = %(entry)s and a.field = %(field)s and a.record = %(record)s
  and not exists (select from written);

-- name: look :one
select a.value, a.version, a.saved_at, p.name as author
from portal.answer a
left join portal.person p on p.id = a.author
where a.record = %(record)s and a.entry = %(entry)s and a.field = %(field)s;

-- Newest first. `was` is the text before.
-- name: history :many
select h.version, h.value, h.saved_at, p.name as author,
       lag(h.value, 1, '') over (order by h.version) as was
from portal.history h
left join portal.person p on p.id = h.author
where h.record = %(record)s and h.entry = %(entry)s and h.field = %(field)s
order by h.version desc
limit 200;

-- name: earlier :value
select h.value
from portal.history h
where h.record = %(record)s and h.entry = %(entry)s and h.field = %(field)s and h.version = %(version)s;
