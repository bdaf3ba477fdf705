-- What people said of the pages of help.

-- name: add :none
insert into portal.feedback (topic, useful, why) values (%(topic)s, %(useful)s, %(why)s);

-- name: list :many
select f.topic, f.useful, f.why, f.said_at, p.name, p.role
from portal.feedback f
join portal.person p on p.id = f.person
order by f.said_at desc
limit 300;

-- name: counts :many
select topic, count(*) filter (where useful = 'yes') as yes, count(*) filter (where useful = 'neutral') as neutral,
       count(*) filter (where useful = 'no') as no
from portal.feedback
group by topic;
