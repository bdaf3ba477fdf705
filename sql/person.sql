-- People, as colleagues may know them.

-- The address letters to oneself go to.
-- name: email :value
select p.email from portal.person p where p.id = priv.me();

-- What one is by profession, as one's own documents name it.
-- name: job_title :value
select p.job_title from portal.person p where p.id = priv.me();
