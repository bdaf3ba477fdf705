-- Children of one moment, as an import leaves them, are in one order too: a page of the Gateway reads its own rows alone.

set local role portal_owner;

drop index portal.child_changed;
create index child_changed on portal.child (changed_at desc, id desc);
