-- User names in the one spelling that sign-in looks for: letters that only look different, such as full-width ones,
-- are one. Where two would become the same, both stay as they are.

set local role portal_owner;

alter table priv.account no force row level security;   -- until the rules are applied again after this
update priv.account a
set username = lower(normalize(a.username, NFKC))
where a.username <> lower(normalize(a.username, NFKC))
  and not exists (select from priv.account o
                  where o.person <> a.person
                    and lower(normalize(o.username, NFKC)) = lower(normalize(a.username, NFKC)));
