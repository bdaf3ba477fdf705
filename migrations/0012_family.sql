-- Which families were invited to the Parent Portal, when and by whom.

set local role portal_owner;

create table portal.invitation (
    record      uuid primary key,
    setting     int not null,
    child       uuid not null,
    invited_by  int not null references portal.person,
    invited_at  timestamptz not null default clock_timestamp(),
    foreign key (record, setting, child) references portal.record (id, setting, child) on update cascade
);
