-- People, as colleagues may know them.

-- The address letters to oneself go to.
-- name: email :value
select p.email from portal.person p where p.id = priv.me();
