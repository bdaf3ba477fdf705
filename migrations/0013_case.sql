-- What is done about a request once SENAS has it: one row for each act, only ever added to; and when somebody of SENAS
-- last looked at a record.

set local role portal_owner;

create table portal.step (
    id          uuid primary key default gen_random_uuid(),
    record      uuid not null,
    setting     int not null,
    child       uuid not null,
    kind        text not null check (kind in (
                    'received', 'receipt', 'coordinator', 'question', 'answer', 'panel', 'assess', 'not_assess',
                    'draft', 'final', 'no_plan', 'withdrawn', 'moved', 'ceased', 'exception', 'void')),
    happened_on date not null,      -- in England; of a decision the day the family was told
    author      int references portal.person,
    at          timestamptz not null default clock_timestamp(),
    reason      text not null default '',
    details     jsonb not null default '{}',
    corrects    uuid unique references portal.step,     -- the step this stands in for; 'void' takes it back
    place       timestamptz not null default clock_timestamp(),   -- in the order of steps: a correction has its step's
    check (kind <> 'void' or corrects is not null),
    foreign key (record, setting, child) references portal.record (id, setting, child) on update cascade
);
create index step_record on portal.step (record, place);
create index step_kind on portal.step (kind, happened_on);
create unique index step_received on portal.step (record) where kind = 'received';

-- A look at a record: it began at `at`, and `since` is when the one before began. Pages opened within the same half
-- hour are one look, so that what is new stays marked while somebody reads.
create table portal.look (
    person  int not null references portal.person,
    record  uuid not null references portal.record,
    since   timestamptz,
    at      timestamptz not null default clock_timestamp(),
    primary key (person, record)
);

-- The owner is held by the rules too, until they are applied again after this.
alter table portal.submission no force row level security;
insert into portal.step (record, setting, child, kind, happened_on, author, at, place)
select s.record, s.setting, s.child, 'received', (s.received_at at time zone 'Europe/London')::date, s.submitted_by,
       s.received_at, s.received_at
from portal.submission s;
