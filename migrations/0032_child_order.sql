-- Children in the order of their surnames, however these are written and whatever order the database itself keeps: what
-- a child is found by begins with the surname from now on, and two spaces stand before the other names, so that Ali
-- comes before Ali Khan. See record/names.py.

set local role portal_owner;

-- The owner is held by the rules too, until they are applied again after this.
alter table portal.child no force row level security;

-- The folded surname stood at the end. As many words of it as the surname has:
update portal.child c
set search = ' ' || array_to_string(it.words[it.whole - it.last + 1 :], ' ')
             || coalesce('  ' || nullif(array_to_string(it.words[: it.whole - it.last], ' '), ''), '')
from (
    select k.id, k.words, cardinality(k.words) as whole, least(cardinality(k.words), cardinality(array_remove(
               regexp_split_to_array(regexp_replace(k.surname, '[''’‘ʼ`´]', '', 'g'), '[\x01-\x26\x28-\x2f\x3a-\x40\x5b-\x5f\x7b-\x7f\u00a0\u00b7\u2010-\u2015\u201c-\u201f]+'), ''))) as last
    from (select a.id, a.surname, string_to_array(trim(a.search), ' ') as words from portal.child a) k
) it
where it.id = c.id and it.whole > 0;

drop index portal.child_name, portal.child_setting;
alter table portal.child alter column search type text collate "C";
create index child_name on portal.child (search, id);
create index child_setting on portal.child (setting, search, id);
