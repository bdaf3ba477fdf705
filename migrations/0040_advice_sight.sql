-- Being asked for advice lets somebody see what the request says, as long as it is open; it no longer involves them with
-- the child, which outlasted it. A whole team can be asked, of whom one takes it; and who asked can take it back.

set local role portal_owner;

-- The owner is held by the rules too, until they are applied again after this.
alter table portal.involvement no force row level security;
alter table portal.advice_request no force row level security;

delete from portal.involvement i
using portal.advice_request q
where q.involves and q.asked_of = i.person and q.child = i.child;

alter table portal.advice_request
    drop column involves,
    alter column asked_of drop not null,
    add column team text not null default '',           -- the team that was asked; '' where it was one person
    add column whole boolean not null default false,    -- may read all of the request, not only what the advice needs
    add check (asked_of is not null or team <> ''),
    drop constraint advice_request_state_check,
    add constraint advice_request_state_check
        check (state in ('asked', 'declined', 'passed', 'done', 'cancelled'));
create unique index advice_request_team on portal.advice_request (record, list, team)
    where state = 'asked' and asked_of is null;
