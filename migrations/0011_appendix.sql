-- Advice that professionals submitted: of each appendix the document it became, by whom, and whether a later one
-- has taken its place. What is being written stands among the record's entries, in the lists appendix_a and so on.

set local role portal_owner;

create table portal.appendix (
    id              uuid primary key default gen_random_uuid(),
    record          uuid not null,
    setting         int not null,
    child           uuid not null,
    entry           uuid not null references portal.entry,
    list            text not null check (list like 'appendix\_%'),
    author          int not null references portal.person,
    team            text not null default '',
    document        uuid not null references portal.document,
    submitted_at    timestamptz not null default clock_timestamp(),
    replaced_at     timestamptz,
    foreign key (record, setting, child) references portal.record (id, setting, child) on update cascade
);
create index appendix_record on portal.appendix (record, list, submitted_at);
create index appendix_document on portal.appendix (document);
-- one current appendix for each author and letter
create unique index appendix_current on portal.appendix (record, list, author) where replaced_at is null;
