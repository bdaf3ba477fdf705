-- Links by which somebody sets their password, sent by mail. The link carries a token; only its hash is here.

set local role portal_owner;

create table priv.password_link (
    token_hash  bytea primary key,
    person      int not null references portal.person,
    made_at     timestamptz not null default clock_timestamp(),
    ends_at     timestamptz not null,
    used_at     timestamptz
);
create index password_link_person on priv.password_link (person);
