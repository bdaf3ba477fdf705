-- What people said of the pages of help.

-- name: add :none
insert into portal.feedback (topic, useful, why) values (%(topic)s, %(useful)s, %(why)s);

-- name: list :many
-- The newest words first, for SENAS; what was taken out comes without them.
select f.id, f.topic, f.useful, f.why, f.said_at, p.name, o.name as taken_out_by, f.taken_out_at
from portal.feedback f
join portal.person p on p.id = f.person
left join portal.person o on o.id = f.taken_out_by
where f.why <> '' or f.taken_out_at is not null
order by f.said_at desc
limit %(most)s;

-- name: counts :many
-- By page: the last word of each person.
select topic, count(*) filter (where useful = 'yes') as yes, count(*) filter (where useful = 'neutral') as neutral,
       count(*) filter (where useful = 'no') as no
from (select distinct on (topic, person) topic, useful from portal.feedback order by topic, person, said_at desc) f
group by topic;

-- name: take_out :none
-- The words only; whether the page was useful stays.
update portal.feedback set why = '' where id = %(id)s and why <> '';
