-- What the SEN2 return is made of: every request that was received, with the child and what its ERSA says of them now.

-- name: cases :many
select r.id as record, r.child, r.reference, c.surname, c.first_name, c.dob, c.sex, c.postcode, coalesce(c.upn, '') as upn,
       coalesce(said.answers, '{}') as answers
from portal.record r
join portal.child c on c.id = r.child
left join (
    select a.record, jsonb_object_agg(a.field, a.value) as answers
    from portal.answer a
    join portal.entry e on e.id = a.entry
    where e.list = 'ersa' and a.field in ('ethnicity', 'uln', 'upn_unknown', 'rya', 'no_fixed_abode')
    group by a.record
) said on said.record = r.id
where r.status <> 'draft' and r.received_at is not null
order by r.received_at, r.id;
