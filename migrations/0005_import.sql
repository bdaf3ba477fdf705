-- Files that somebody brings, kept between looking through them and applying them: half an hour, for their eyes only.

set local role portal_owner;

create table portal.import (
    id          uuid primary key default gen_random_uuid(),
    person      int not null references portal.person,
    kind        text not null check (kind in ('settings', 'people', 'children')),
    name        text not null,          -- of the file
    content     bytea not null,
    brought_at  timestamptz not null default clock_timestamp(),
    ends_at     timestamptz not null default clock_timestamp() + interval '30 minutes',
    state       text not null default 'brought' check (state in ('brought', 'reading', 'read', 'applying', 'applied', 'refused')),
    claim       uuid not null default gen_random_uuid(),    -- whoever works on it; another takes over where they stop
    worked_at   timestamptz not null default clock_timestamp(),
    done        int not null default 0,
    total       int not null default 0,
    report      jsonb not null default '{}',    -- what would become of each row, or what has
    failed      bytea                           -- the rows that cannot be used, as a file to put right and bring again
);
create index import_person on portal.import (person);
create index import_ends on portal.import (ends_at);
