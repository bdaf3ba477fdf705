-- A draft that was started by mistake can be withdrawn: it is kept, with who did it and when, and can be taken up again.
-- It stays a draft, so that nobody but its setting ever sees it; but it no longer stands in the way of another.

set local role portal_owner;

alter table portal.record
    add column withdrawn_at timestamptz,
    add column withdrawn_by int references portal.person,
    add check (withdrawn_at is null or status = 'draft'),
    add check (withdrawn_by is null or withdrawn_at is not null);

drop index portal.record_live;
-- one live request for a child at a time
create unique index record_live on portal.record (child)
    where status not in ('not_assess', 'not_issue', 'final_plan', 'withdrawn', 'moved_out', 'ceased')
      and withdrawn_at is null;
create index record_withdrawn on portal.record (child) where withdrawn_at is not null;
