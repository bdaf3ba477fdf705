-- What SENAS asks for once it has decided to assess has the law's six weeks and no date of anybody's choosing: the request
-- says so of itself. `origin` is the request it was passed on from, the first of all: to that one an exception belongs.

set local role portal_owner;

-- The owner is held by the rules too, until they are applied again after this.
alter table portal.advice_request no force row level security;
alter table portal.step no force row level security;
alter table portal.person no force row level security;

alter table portal.advice_request
    add column statutory boolean not null default false,
    add column origin uuid references portal.advice_request;

update portal.advice_request q
set origin = f.first
from (
    select id, first_value(id) over (partition by record, list, asked_by, asked_at order by ended_at nulls last, id) as first
    from portal.advice_request
) f
where f.id = q.id and f.first <> q.id;

update portal.advice_request q
set statutory = true
from portal.person p
where p.id = q.asked_by and p.role in ('senas', 'manager')
  and exists (select from portal.step s
              where s.record = q.record and s.kind = 'assess'
                and s.happened_on <= (q.asked_at at time zone 'Europe/London')::date
                and not exists (select from portal.step c where c.corrects = s.id));

-- until now an exception named a service
update portal.advice_request q
set due = f.due, reminded = case when q.due = f.due then q.reminded else '{}' end
from (
    select a.id, greatest(
        (a.asked_at at time zone 'Europe/London')::date + 42,
        (select max((s.details ->> 'instead')::date) from portal.step s
         where s.record = a.record and s.kind = 'exception' and s.details ->> 'regulation' = '8(2)'
           and s.details ->> 'whose' = coalesce((select p.team from portal.person p where p.id = a.asked_of), a.team)
           and not exists (select from portal.step c where c.corrects = s.id))) as due
    from portal.advice_request a
    where a.statutory
) f
where f.id = q.id and q.due <> f.due;
