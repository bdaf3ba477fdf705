-- What lets people look after their own accounts: letters about them, recovery codes, a second authenticator.

set local role portal_owner;

-- What somebody at the door asked for, until the loop has seen to it: whoever asks learns nothing from how long it
-- takes. One row whether there is such an account or not.
create table priv.errand (
    id          bigint generated always as identity primary key,
    kind        text not null check (kind in ('forgot', 'slowed', 'recovery_used')),
    username    text not null,
    address     inet,
    asked_at    timestamptz not null default clock_timestamp()
);

-- A mailed link that lets somebody try again at once, after others' wrong tries. Only the token's hash is here.
create table priv.unlock_link (
    token_hash  bytea primary key,
    person      int not null references portal.person,
    ends_at     timestamptz not null,
    used_at     timestamptz
);

-- In place of the authenticator, each good once. 120 bits of chance need no slow hash.
create table priv.recovery_code (
    person      int not null references portal.person,
    code_hash   bytea not null,
    used_at     timestamptz,
    primary key (person, code_hash)
);

-- An authenticator being set up by somebody signed in; it counts when a code of it has been given.
create table priv.new_authenticator (
    session     bytea primary key references priv.session on delete cascade,
    seed        bytea not null,
    place       text not null check (place in ('first', 'second')),
    ends_at     timestamptz not null
);

-- A new address of one's own counts when the link sent to it has been followed.
create table priv.address_link (
    token_hash  bytea primary key,
    person      int not null references portal.person,
    email       text not null,
    ends_at     timestamptz not null,
    used_at     timestamptz
);

alter table priv.account
    add column seed_second  bytea,                          -- a second authenticator's secret
    add column enrolled_at  timestamptz,
    add column second_at    timestamptz,
    add column sleep_told   int not null default 0;         -- letters sent since the last sign-in that it falls asleep
