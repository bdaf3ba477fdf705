-- What people of SENAS were reminded of, so that nobody is told the same twice.

set local role portal_owner;

create table portal.reminder (
    record      uuid not null references portal.record,
    deadline    text not null,
    due         date not null,      -- a date that an exception has moved is reminded of anew
    stage       int not null,       -- days before it; -1 once it has passed
    at          timestamptz not null default clock_timestamp(),
    primary key (record, deadline, due, stage)
);

create table portal.digest (
    person  int not null references portal.person,
    week    date not null,          -- its Monday
    at      timestamptz not null default clock_timestamp(),
    primary key (person, week)
);
