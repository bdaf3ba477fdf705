-- What professionals ask to have put right in the register, because its facts are not theirs to change; and an index
-- for looking through the audit trail by day.

set local role portal_owner;

create table portal.correction (
    id          uuid primary key default gen_random_uuid(),
    record      uuid not null,
    setting     int not null,
    child       uuid not null,
    field       text not null check (field in (
                    'first_name', 'middle_names', 'surname', 'dob', 'sex', 'upn', 'address_line1', 'address_line2',
                    'address_line3', 'address_line4', 'postcode', 'setting')),
    old         text not null,      -- as the register had it when it was asked for: a date as 2016-05-05, a setting's id
    new         text not null check (new <> old),
    reason      text not null check (reason <> ''),
    asked_by    int not null references portal.person,
    asked_at    timestamptz not null default clock_timestamp(),
    state       text not null default 'waiting' check (state in ('waiting', 'applied', 'refused')),
    decided_by  int references portal.person,
    decided_at  timestamptz,
    answer      text not null default '',       -- why it was refused
    check ((state = 'waiting') = (decided_at is null)),
    check (state <> 'refused' or answer <> ''),
    foreign key (record, setting, child) references portal.record (id, setting, child) on update cascade
);
create index correction_record on portal.correction (record);
create index correction_decided on portal.correction (decided_at desc, id) where state <> 'waiting';
-- one request at a time for each fact; it also is the queue
create unique index correction_waiting on portal.correction (child, field) where state = 'waiting';

create index event_at on audit.event (at);
-- somebody asked for a record that is not theirs: the only events with a record and no child
create index event_refused on audit.event (record, id) where child is null;
