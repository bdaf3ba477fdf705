-- A UPN is found by its beginning.

set local role portal_owner;

create index child_upn_begins on portal.child (upn collate "C") where upn is not null;
