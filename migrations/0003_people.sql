-- Whom a record is with, and what people are found by.

set local role portal_owner;

-- The professional in charge, so that the record goes on when somebody leaves. At first whoever started it.
alter table portal.record add column contact int references portal.person;
create index record_contact on portal.record (contact) where contact is not null;

alter table portal.person add column search text not null default '';   -- name and address folded, as for children
create index person_name on portal.person (lower(name), id);
create index membership_setting on portal.membership (setting);

-- The owner is held by the rules too, until they are applied again after this.
alter table portal.record no force row level security;
alter table portal.person no force row level security;
update portal.record set contact = started_by;
update portal.person
set search = ' ' || regexp_replace(translate(lower(regexp_replace(normalize(name || ' ' || email, NFKD), '[\u0300-\u036f''’]', '', 'g')),
                                             'łøđðħı', 'loddhi'), '[^[:alnum:]]+', ' ', 'g');
