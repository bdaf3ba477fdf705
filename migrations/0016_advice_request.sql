-- Advice asked for: of whom, for which appendix, by when; declined, passed on, or given.

set local role portal_owner;

create table portal.advice_request (
    id          uuid primary key default gen_random_uuid(),
    record      uuid not null,
    setting     int not null,
    child       uuid not null,
    list        text not null check (list like 'appendix\_%'),
    asked_of    int not null references portal.person,
    asked_by    int not null references portal.person,
    asked_at    timestamptz not null default clock_timestamp(),
    due         date not null,
    words       text not null default '',       -- what who asked would like to know
    state       text not null default 'asked' check (state in ('asked', 'declined', 'passed', 'done')),
    ended_at    timestamptz,
    reason      text not null default '',       -- why it was declined
    involves    boolean not null default false, -- it alone lets who was asked see the record
    reminded    int[] not null default '{}',    -- how many days before; -1 once it was late
    check ((state = 'asked') = (ended_at is null)),
    check (state <> 'declined' or reason <> ''),
    foreign key (record, setting, child) references portal.record (id, setting, child) on update cascade
);
create unique index advice_request_waiting on portal.advice_request (record, list, asked_of) where state = 'asked';
create index advice_request_record on portal.advice_request (record, asked_at);
create index advice_request_of on portal.advice_request (asked_of, due) where state = 'asked';
