-- The portal's tables. Facts the council works with are typed and constrained; what professionals write about a
-- child is kept answer by answer, so that every field has its own version, author, time and history.
--
-- portal   what people work with, under row-level security
-- priv     accounts' secrets and sessions: no persona may read it, only functions of portal_definer
-- audit    what happened, for good

create schema portal authorization portal_owner;
create schema priv authorization portal_owner;
create schema audit authorization portal_owner;
set local role portal_owner;

-- ---------------------------------------------------------------- people and settings

create table portal.setting (
    id          int generated always as identity primary key,
    name        text not null check (name <> ''),
    kind        text not null check (kind in ('nursery', 'primary', 'high', 'special', 'college', 'other')),
    urn         text unique check (urn ~ '^(EY)?\d{6}$'),
    dfe_number  text unique check (dfe_number ~ '^\d{7}$'),
    address     text not null default '',
    postcode    text not null default '',
    phone       text not null default '',
    email       text not null default '',
    closed_on   date
);

create table portal.person (
    id          int generated always as identity primary key,
    name        text not null check (name <> ''),
    email       text not null default '',
    phone       text not null default '',
    job_title   text not null default '',
    role        text not null check (role in ('senco', 'adviser', 'senas', 'manager', 'ict')),
    team        text not null default '',
    demo        boolean not null default false
);

create table portal.membership (
    person      int not null references portal.person,
    setting     int not null references portal.setting,
    primary key (person, setting)
);

create table priv.account (
    person          int primary key references portal.person,
    username        text not null check (username <> ''),
    password        text not null,                  -- Argon2id
    temporary       boolean not null default true,  -- handed out: leads only to choosing one's own
    temporary_until timestamptz,
    seed            bytea,                          -- the authenticator's secret, AES-GCM
    seed_pending    bytea,                          -- shown as a QR code, not yet confirmed by a code
    last_step       bigint not null default 0,      -- the newest 30-second step whose code was used
    signed_in_at    timestamptz,
    disabled_at     timestamptz,
    check (temporary or password <> '')
);
create unique index account_username on priv.account (lower(username));

-- The cookie carries a token; only its hash is here. The stages a sign-in goes through: choose a password of
-- one's own, enrol an authenticator, give a code, full.
create table priv.session (
    token_hash  bytea primary key,
    person      int not null references portal.person,
    stage       text not null check (stage in ('choose', 'enrol', 'code', 'full')),
    created_at  timestamptz not null default clock_timestamp(),
    seen_at     timestamptz not null default clock_timestamp(),
    ends_at     timestamptz not null,       -- however busy the person is
    idle        interval not null,          -- ends earlier, after so long without a sign of the person
    ended_at    timestamptz,
    address     inet,
    browser     text not null default ''
) with (fillfactor = 70);
create index session_person on priv.session (person);

-- Leaky buckets: one row a key, shared by every process, there after a restart.
create table priv.bucket (
    key     text primary key,
    level   double precision not null,
    at      timestamptz not null
);

-- ---------------------------------------------------------------- children and their records

create table portal.child (
    id              uuid primary key default gen_random_uuid(),
    setting         int not null references portal.setting,
    first_name      text not null check (first_name <> ''),
    middle_names    text not null default '',
    surname         text not null check (surname <> ''),
    dob             date not null check (dob > '1990-01-01'),
    sex             text not null check (sex in ('F', 'M', 'U')),
    upn             text unique check (upn ~ '^[A-HJ-NP-RT-Z]\d{11}[0-9A-HJ-NP-RT-Z]$'),
    address_line1   text not null default '',
    address_line2   text not null default '',
    address_line3   text not null default '',
    address_line4   text not null default '',
    postcode        text not null default '',
    search          text not null default '',   -- the names without accents, in lower case
    demo            boolean not null default false,
    added_by        int references portal.person,
    added_at        timestamptz not null default now(),
    changed_at      timestamptz not null default now(),     -- the newest word in any record of theirs, to the minute
    unique (id, setting)
);
create index child_setting on portal.child (setting, surname, first_name, id);
create index child_name on portal.child (surname, first_name, id);
create index child_changed on portal.child (changed_at desc, id);
create index child_dob on portal.child (dob);

-- Which professionals of other services work with a child: given by the council, never by typing a name.
create table portal.involvement (
    person  int not null references portal.person,
    child   uuid not null references portal.child,
    since   date not null default current_date,
    primary key (person, child)
);
create index involvement_child on portal.involvement (child);

create sequence portal.record_number start 1041;

create table portal.record (
    id              uuid primary key default gen_random_uuid(),
    child           uuid not null,
    setting         int not null references portal.setting,
    reference       text not null unique default 'ERSA-' || lpad(nextval('portal.record_number')::text, 6, '0'),
    form            text not null,
    status          text not null default 'draft' check (status in (
                        'draft', 'submitted', 'acknowledged', 'deciding', 'not_assess', 'assessing',
                        'not_issue', 'draft_plan', 'final_plan', 'withdrawn', 'moved_out', 'ceased')),
    coordinator     int references portal.person,
    started_by      int references portal.person,
    started_at      timestamptz not null default now(),
    received_at     timestamptz,    -- the statutory clock starts here: SEND Regulations 2014, regulation 5(1)
    acknowledged_at timestamptz,
    unique (id, setting, child),
    foreign key (child, setting) references portal.child (id, setting) on update cascade
);
create index record_setting on portal.record (setting);
create index record_child on portal.record (child, started_at desc);
create index record_status on portal.record (status, received_at, id);
-- one live request for a child at a time
create unique index record_live on portal.record (child)
    where status not in ('not_assess', 'not_issue', 'final_plan', 'withdrawn', 'moved_out', 'ceased');

-- The ERSA's own fields are one entry (list 'ersa'); each parent, professional, result, outcome is one.
create table portal.entry (
    id              uuid primary key default gen_random_uuid(),
    record          uuid not null,
    setting         int not null,
    child           uuid not null,
    list            text not null,
    position        int not null default 0,
    author          int references portal.person,
    team            text not null default '',
    added_at        timestamptz not null default clock_timestamp(),
    withdrawn_at    timestamptz,
    withdrawn_by    int references portal.person,
    foreign key (record, setting, child) references portal.record (id, setting, child) on update cascade
);
create index entry_record on portal.entry (record, list, position);
create unique index entry_ersa on portal.entry (record) where list = 'ersa';

create table portal.answer (
    entry       uuid not null references portal.entry,
    field       text not null check (field ~ '^[a-z][a-z0-9_]*$'),
    record      uuid not null,
    setting     int not null,
    child       uuid not null,
    value       text not null,
    version     int not null default 1,
    author      int references portal.person,
    saved_at    timestamptz not null default clock_timestamp(),
    -- whose unbroken run of saves this is, and where it began: makes a retry harmless, catches everybody else
    client      text not null default '',
    seq         bigint not null default 0,
    run_base    int not null default 0,
    primary key (entry, field),
    foreign key (record, setting, child) references portal.record (id, setting, child) on update cascade
) with (fillfactor = 80);
create index answer_record on portal.answer (record);

create table portal.history (
    entry       uuid not null references portal.entry,
    field       text not null,
    version     int not null,
    record      uuid not null,
    setting     int not null,
    child       uuid not null,
    value       text not null,
    author      int references portal.person,
    saved_at    timestamptz not null,
    client      text not null,
    seq         bigint not null,
    primary key (entry, field, version),
    foreign key (record, setting, child) references portal.record (id, setting, child) on update cascade
);
create index history_record on portal.history (record);

-- ---------------------------------------------------------------- submission and documents

-- What was sent, as it was: never changed again.
create table portal.submission (
    id                  uuid primary key default gen_random_uuid(),
    record              uuid not null unique,
    setting             int not null,
    child               uuid not null,
    form                text not null,
    submitted_by        int not null references portal.person,
    received_at         timestamptz not null default clock_timestamp(),
    incomplete_reason   text not null default '',
    lacking             jsonb not null default '[]',
    answers             jsonb not null,
    foreign key (record, setting, child) references portal.record (id, setting, child) on update cascade
);

create table portal.document (
    id              uuid primary key default gen_random_uuid(),
    record          uuid not null,
    setting         int not null,
    child           uuid not null,
    name            text not null,
    category        text not null,
    author          text not null default '',
    dated           date not null,
    added_by        int references portal.person,
    added_at        timestamptz not null default clock_timestamp(),
    submission      uuid unique references portal.submission,
    media_type      text not null default 'application/pdf',
    size            int not null,
    pages           int,
    sha256          bytea not null,
    content         bytea not null,
    foreign key (record, setting, child) references portal.record (id, setting, child) on update cascade
);
create index document_record on portal.document (record, added_at);

-- ---------------------------------------------------------------- letters and audit

create table portal.letter (
    id          bigint generated always as identity primary key,
    recipient   text not null,
    subject     text not null,
    body        text not null,
    written_at  timestamptz not null default clock_timestamp(),
    sent_at     timestamptz,
    tries       int not null default 0,
    next_try    timestamptz not null default clock_timestamp(),
    problem     text not null default ''
);
create index letter_waiting on portal.letter (next_try) where sent_at is null;

create table audit.event (
    id      bigint generated always as identity primary key,
    at      timestamptz not null default clock_timestamp(),
    person  int,
    address inet,
    action  text not null,
    child   uuid,
    record  uuid,
    entry   uuid,
    field   text,
    detail  jsonb not null default '{}'
);
create index event_child on audit.event (child, id);
create index event_person on audit.event (person, id);
