-- Documents that people bring: their content apart from what the list shows of them, so that the rules decide who may
-- open one; taking one back; and what professionals ask SENAS for about one.

set local role portal_owner;

create table portal.content (
    document    uuid primary key references portal.document on delete cascade,
    content     bytea not null
);

-- The owner is held by the rules too, until they are applied again after this.
alter table portal.document no force row level security;
insert into portal.content (document, content) select id, content from portal.document;

drop trigger if exists keep on portal.document;     -- it names the column; the rules make it again
alter table portal.document
    drop column content,
    -- 'all': everybody on the record; 'senas': SENAS, who added it, and whom SENAS made it available
    add column availability text not null default 'all' check (availability in ('all', 'senas')),
    -- 'waiting': the scanner for viruses could not be reached yet; 'refused': it found something
    add column scan text not null default 'clean' check (scan in ('clean', 'waiting', 'refused')),
    add column made_from text not null default '',  -- what it was before it became a PDF here; '' for a PDF as it came
    add column withdrawn_at timestamptz,
    add column withdrawn_by int references portal.person,
    add column withdrawn_reason text not null default '',
    add column purged_at timestamptz,
    add check ((withdrawn_at is null) = (withdrawn_reason = '')),
    add check (submission is null or withdrawn_at is null),
    add check (purged_at is null or withdrawn_at is not null);
create index document_content on portal.document (record, sha256);
create index document_waiting on portal.document (added_at) where scan = 'waiting';
create index document_withdrawn on portal.document (withdrawn_at) where withdrawn_at is not null and purged_at is null;

-- What somebody asks SENAS for: to open a document, or to take one away after the ERSA was submitted.
create table portal.document_request (
    id          uuid primary key default gen_random_uuid(),
    document    uuid not null references portal.document,
    record      uuid not null,
    setting     int not null,
    child       uuid not null,
    kind        text not null check (kind in ('open', 'remove')),
    asked_by    int not null references portal.person,
    asked_at    timestamptz not null default clock_timestamp(),
    reason      text not null default '',
    state       text not null default 'waiting' check (state in ('waiting', 'granted', 'declined')),
    decided_by  int references portal.person,
    decided_at  timestamptz,
    answer      text not null default '',
    check ((state = 'waiting') = (decided_at is null)),
    check (state <> 'declined' or answer <> ''),
    foreign key (record, setting, child) references portal.record (id, setting, child) on update cascade
);
-- one at a time for each person and document
create unique index document_request_waiting on portal.document_request (document, kind, asked_by) where state = 'waiting';
create index document_request_queue on portal.document_request (asked_at) where state = 'waiting';
create index document_request_document on portal.document_request (document, asked_by);

-- Why a co-ordinator or ICT took an entry out of a record; '' where its own team withdrew it.
alter table portal.entry add column withdrawn_reason text not null default '';
