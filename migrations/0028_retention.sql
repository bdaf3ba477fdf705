-- How long requests are kept, which are on legal hold, which are warned of, and what is left of those that were deleted.

set local role portal_owner;

-- A rule is never changed: of each outcome the newest holds, so that it can be read what was decided when and why.
-- 'closed': counted from the day the request was closed, for a draft from its last change; 'birth': from the child's.
create table portal.retention_rule (
    id      int generated always as identity primary key,
    outcome text not null check (outcome in ('draft', 'withdrawn', 'moved_out', 'not_assess', 'not_issue', 'plan')),
    since   text not null check (since in ('closed', 'birth')),
    years   int not null,
    reason  text not null check (reason <> ''),
    set_by  int references portal.person,
    set_at  timestamptz not null default clock_timestamp(),
    check (years between case when since = 'birth' then 18 when outcome = 'draft' then 1 else 2 end and 100)
);
create index retention_rule_newest on portal.retention_rule (outcome, id desc);

insert into portal.retention_rule (outcome, since, years, reason) values
    ('draft', 'closed', 2, 'As the portal came; the council decides.'),
    ('withdrawn', 'closed', 6, 'As the portal came; the council decides.'),
    ('moved_out', 'closed', 6, 'As the portal came; the council decides.'),
    ('not_assess', 'closed', 6, 'As the portal came; the council decides.'),
    ('not_issue', 'birth', 25, 'As the portal came; the council decides.'),
    ('plan', 'birth', 31, 'As the portal came; the council decides.');

create table portal.hold (
    id              uuid primary key default gen_random_uuid(),
    record          uuid not null,
    setting         int not null,
    child           uuid not null,
    reason          text not null check (reason <> ''),
    placed_by       int not null references portal.person,
    placed_at       timestamptz not null default clock_timestamp(),
    lifted_by       int references portal.person,
    lifted_at       timestamptz,
    lifted_reason   text not null default '',
    check ((lifted_at is null) = (lifted_reason = '')),
    foreign key (record, setting, child) references portal.record (id, setting, child) on update cascade
);
create index hold_record on portal.hold (record);
create unique index hold_standing on portal.hold (record) where lifted_at is null;

-- What comes up for deletion, with what its date was counted from. It goes when its time is over and it has stood here
-- for thirty days.
create table portal.warning (
    record      uuid primary key,
    setting     int not null,
    child       uuid not null,
    reference   text not null,
    outcome     text not null,
    since       text not null,
    years       int not null,
    closed_on   date not null,
    due         date not null,
    warned_on   date not null,
    goes        date not null generated always as (greatest(due, warned_on + 30)) stored,
    told        int[] not null default '{}',    -- how many days before people were written to
    foreign key (record, setting, child) references portal.record (id, setting, child) on update cascade
);
create index warning_goes on portal.warning (goes, record);

-- What stays of a request that was deleted: no word of it and no name, but what was counted and what was decided when.
create table portal.erased (
    record      uuid primary key,
    child       uuid not null,
    setting     int not null references portal.setting,
    reference   text not null unique,
    form        text not null,
    status      text not null,
    started_on  date not null,
    received_on date,
    closed_on   date,               -- null of a plan that was never recorded as ended
    steps       jsonb not null,     -- kind and day of each that stood, in their order
    outcome     text not null,
    since       text not null,
    years       int not null,
    warned_on   date not null,
    erased_at   timestamptz not null default clock_timestamp(),
    transaction xid8 not null default pg_current_xact_id()  -- in which alone its rows could be deleted
);
create index erased_at on portal.erased (erased_at desc, record);
