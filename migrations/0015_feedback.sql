-- Whether a page of help was of use, and why not.

set local role portal_owner;

create table portal.feedback (
    id          bigint generated always as identity primary key,
    topic       text not null,
    useful      text not null check (useful in ('yes', 'neutral', 'no')),
    why         text not null default '',
    person      int not null references portal.person,
    said_at     timestamptz not null default clock_timestamp()
);
create index feedback_said on portal.feedback (said_at desc);
