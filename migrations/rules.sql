-- Who may see and change what. Applied again, whole, whenever it changes: read it from top to bottom and you know.
--
--   senco    works at a setting: sees and writes the records of that setting's children
--   adviser  sees the records of the children they are involved with; writes contacts and their own team's outcomes.
--            Of others what they are asked about, as long as they are: see advice_requests.sql
--   senas    sees what has been submitted; writes nothing a professional wrote. Of any child what the register says,
--            where somebody asks for access to it: subject_access.sql
--   ict      sees no child; of one whose details are to be corrected that fact and the name, while the request waits
--
-- The portal signs in as portal_app, which may do nothing, and takes on one persona for one transaction. Who the
-- person is comes from their session's token, not from anything the portal says: a persona without a live session
-- of the right role sees nothing.

-- ---------------------------------------------------------------- start from nothing

do $$
declare
    it record;
begin
    for it in select schemaname, tablename, policyname from pg_policies where schemaname in ('portal', 'priv', 'audit') loop
        execute format('drop policy %I on %I.%I', it.policyname, it.schemaname, it.tablename);
    end loop;
    for it in select schemaname, tablename from pg_tables where schemaname in ('portal', 'priv', 'audit') loop
        execute format('revoke all on %I.%I from public, portal_definer, portal_p_door, portal_p_senco,
                        portal_p_adviser, portal_p_senas, portal_p_ict, portal_p_loop', it.schemaname, it.tablename);
        execute format('alter table %I.%I enable row level security', it.schemaname, it.tablename);
        execute format('alter table %I.%I force row level security', it.schemaname, it.tablename);
        execute format('create policy definer on %I.%I to portal_definer using (true) with check (true)',
                       it.schemaname, it.tablename);
        execute format('grant select, insert, update, delete on %I.%I to portal_definer', it.schemaname, it.tablename);
    end loop;
end $$;

revoke all on schema public from public;
grant usage on schema portal to portal_definer, portal_p_senco, portal_p_adviser, portal_p_senas, portal_p_ict, portal_p_loop;
grant usage on schema priv, audit to portal_definer, portal_p_door, portal_p_senco, portal_p_adviser, portal_p_senas,
    portal_p_ict, portal_p_loop;
grant usage, create on schema portal, priv, audit to portal_definer;
grant usage on all sequences in schema portal, priv, audit to portal_definer;

-- ---------------------------------------------------------------- who am I

set local role portal_definer;

-- The person of this transaction's session; null without a live one. plpgsql, because it is planned once.
create or replace function priv.me() returns int
language plpgsql stable security definer set search_path = '' as $$
declare
    who int;
begin
    select s.person into who
    from priv.session s
    join priv.account a on a.person = s.person
    where s.token_hash = sha256(convert_to(nullif(current_setting('app.tok', true), ''), 'UTF8'))
      and s.stage = 'full'
      and s.ended_at is null
      and s.ends_at > clock_timestamp()
      and s.seen_at + s.idle > clock_timestamp()
      and a.disabled_at is null;
    return who;
end $$;

create or replace function priv.my_settings() returns int[]
language plpgsql stable security definer set search_path = '' as $$
begin
    return (select coalesce(array_agg(m.setting), '{}')
            from portal.membership m
            join portal.person p on p.id = m.person
            where p.id = priv.me() and p.role = 'senco');
end $$;

create or replace function priv.my_children() returns uuid[]
language plpgsql stable security definer set search_path = '' as $$
begin
    return (select coalesce(array_agg(i.child), '{}')
            from portal.involvement i
            join portal.person p on p.id = i.person
            where p.id = priv.me() and p.role = 'adviser');
end $$;

create or replace function priv.am_senas() returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
    return exists (select from portal.person p where p.id = priv.me() and p.role in ('senas', 'manager'));
end $$;

create or replace function priv.am_ict() returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
    return exists (select from portal.person p where p.id = priv.me() and p.role = 'ict');
end $$;

create or replace function priv.my_team() returns text
language plpgsql stable security definer set search_path = '' as $$
begin
    return (select p.team from portal.person p where p.id = priv.me());
end $$;

-- What this person's team wrote is marked with one of these: see entry_author below.
create or replace function priv.my_teams() returns text[]
language plpgsql stable security definer set search_path = '' as $$
begin
    return (select case when p.role = 'senco'
                then array(select p.team || ' ' || m.setting from portal.membership m where m.person = p.id)
                else array[p.team] end
            from portal.person p where p.id = priv.me());
end $$;

-- ---------------------------------------------------------------- the audit trail: only ever added to

create or replace function audit.note(
    action text, child uuid default null, record uuid default null, entry uuid default null,
    field text default null, detail jsonb default '{}'
) returns void
language plpgsql security definer set search_path = '' as $$
begin
    insert into audit.event (person, address, action, child, record, entry, field, detail)
    select priv.me(),
           (select s.address from priv.session s
            where s.token_hash = sha256(convert_to(nullif(current_setting('app.tok', true), ''), 'UTF8'))),
           note.action, note.child, note.record, note.entry, note.field, note.detail;
end $$;

create or replace function audit.keep() returns trigger
language plpgsql set search_path = '' as $$
begin
    raise exception 'the audit trail and the history are only ever added to' using errcode = 'insufficient_privilege';
end $$;

-- Whether this very transaction deletes that record, its time being over: see retention.sql.
create or replace function priv.erasing(record uuid) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
    return exists (select from portal.erased e
                   where e.record = erasing.record and e.transaction = pg_current_xact_id_if_assigned());
end $$;

create or replace function audit.keep_record() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if tg_op = 'DELETE' and priv.erasing(old.record) then
        return old;
    end if;
    raise exception 'the history and what was sent are only ever added to' using errcode = 'insufficient_privilege';
end $$;

-- One trigger for every table holding a child's data: what was added or changed, by whom; never the words themselves.
-- A child's move to another setting is told once, by the child and their records, not by every entry that goes along.
create or replace function audit.write() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    line jsonb := to_jsonb(new);
begin
    if tg_op = 'UPDATE' and tg_table_name not in ('child', 'record') then
        if line ->> 'setting' is distinct from to_jsonb(old) ->> 'setting' then
            return null;
        end if;
    end if;
    perform audit.note(
        tg_table_name || '.' || lower(tg_op),
        coalesce(line ->> 'child', case when tg_table_name = 'child' then line ->> 'id' end)::uuid,
        coalesce(line ->> 'record', case when tg_table_name = 'record' then line ->> 'id' end)::uuid,
        coalesce(line ->> 'entry', case when tg_table_name = 'entry' then line ->> 'id' end)::uuid,
        line ->> 'field',
        case tg_table_name
            when 'answer' then jsonb_build_object('version', line -> 'version')
            when 'entry' then jsonb_build_object('list', line -> 'list', 'withdrawn', line ->> 'withdrawn_at' is not null)
            when 'record' then jsonb_build_object('status', line -> 'status')
            when 'document' then jsonb_build_object('document', line -> 'id')
            when 'document_request' then jsonb_build_object('document', line -> 'document', 'state', line -> 'state')
            else '{}'
        end);
    return null;
end $$;

-- ---------------------------------------------------------------- answers: author and history by construction

create or replace function portal.answer_author() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.author := coalesce(priv.me(), new.author);
    if priv.me() is not null then
        new.saved_at := clock_timestamp();
    end if;
    return new;
end $$;

create or replace function portal.answer_history() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    insert into portal.history (entry, field, version, record, setting, child, value, author, saved_at, client, seq)
    values (new.entry, new.field, new.version, new.record, new.setting, new.child, new.value, new.author,
            new.saved_at, new.client, new.seq);
    -- to the minute is enough for a list sorted by it, and spares the child's row a write for every word
    update portal.child c set changed_at = new.saved_at
    where c.id = new.child and c.changed_at < new.saved_at - interval '1 minute';
    -- who goes on with a draft keeps it: see retention.sql
    delete from portal.warning w where w.record = new.record and w.outcome = 'draft';
    return null;
end $$;

create or replace function portal.entry_author() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if tg_op = 'INSERT' then
        new.author := coalesce(priv.me(), new.author);
        new.team := coalesce(priv.my_team(), new.team);
        -- the schools are one team by name: theirs is the setting at which it was written, wherever the child moves
        new.whose := case when new.team = 'Schools' then new.team || ' ' || new.setting else new.team end;
        new.position := coalesce((select max(e.position) from portal.entry e
                                  where e.record = new.record and e.list = new.list), 0) + 1;
    elsif new.withdrawn_at is distinct from old.withdrawn_at then
        new.withdrawn_by := case when new.withdrawn_at is not null then priv.me() end;
        new.withdrawn_reason := case when new.withdrawn_at is not null then new.withdrawn_reason else '' end;
    end if;
    return new;
end $$;

create or replace function portal.first_entry() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    insert into portal.entry (record, setting, child, list, author)
    values (new.id, new.setting, new.child, 'ersa', new.started_by);
    return null;
end $$;

create or replace function portal.by_me() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if priv.me() is not null then
        if tg_table_name = 'record' then
            new.started_by := priv.me();
        elsif tg_table_name = 'submission' then
            new.submitted_by := priv.me();
            new.received_at := clock_timestamp();
        else
            new.added_by := priv.me();
        end if;
    end if;
    return new;
end $$;

-- A request is received when it is submitted, at no other moment and by no other way: the law's clocks start there.
create or replace function portal.record_received() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if priv.me() is null then
        return new;  -- the owner, mending something by hand
    end if;
    new.received_at := (select s.received_at from portal.submission s where s.record = new.id);
    if new.received_at is null then
        raise exception 'nothing was submitted' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;

-- Does this database hold anything but demo data? The demo refuses to start on one that does.
create or replace function priv.only_demo() returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
    return not exists (select from portal.person p where not p.demo)
       and not exists (select from portal.child c left join portal.person p on p.id = c.added_by
                       where not c.demo and not coalesce(p.demo, false));
end $$;

revoke execute on all functions in schema portal, priv, audit from public;
grant execute on all functions in schema portal, audit to portal_owner;  -- who makes the triggers below
grant execute on function priv.me(), priv.my_team(), priv.my_teams(), audit.note(text, uuid, uuid, uuid, text, jsonb)
    to portal_p_senco, portal_p_adviser, portal_p_senas, portal_p_ict;
grant execute on function priv.my_settings() to portal_p_senco;
grant execute on function priv.my_children() to portal_p_adviser;
grant execute on function priv.am_senas() to portal_p_senas;
grant execute on function priv.am_ict() to portal_p_ict;
grant execute on function priv.only_demo() to portal_p_loop;

reset role;
set local role portal_owner;

-- "of value": a child's move to another setting takes every answer along, and makes nobody else its author
create or replace trigger author before insert or update of value on portal.answer for each row execute function portal.answer_author();
create or replace trigger history after insert or update of value on portal.answer for each row execute function portal.answer_history();
create or replace trigger author before insert or update on portal.entry for each row execute function portal.entry_author();
create or replace trigger first_entry after insert on portal.record for each row execute function portal.first_entry();
create or replace trigger by_me before insert on portal.record for each row execute function portal.by_me();
create or replace trigger received before update of status on portal.record for each row
    when (old.status = 'draft' and new.status = 'submitted') execute function portal.record_received();
create or replace trigger by_me before insert on portal.child for each row execute function portal.by_me();
create or replace trigger by_me before insert on portal.submission for each row execute function portal.by_me();
create or replace trigger by_me before insert on portal.document for each row execute function portal.by_me();

create or replace trigger audit after insert or update of setting, first_name, middle_names, surname, dob, sex, upn,
    address_line1, address_line2, address_line3, address_line4, postcode
    on portal.child for each row execute function audit.write();
create or replace trigger audit after insert on portal.record for each row execute function audit.write();
create or replace trigger audit_status after update of status, coordinator, setting on portal.record for each row execute function audit.write();
create or replace trigger audit after insert or update on portal.entry for each row execute function audit.write();
create or replace trigger audit after insert or update on portal.answer for each row execute function audit.write();
create or replace trigger audit after insert on portal.submission for each row execute function audit.write();
create or replace trigger audit after insert or update on portal.document for each row execute function audit.write();

create or replace trigger keep before update or delete on audit.event for each row execute function audit.keep();
create or replace trigger keep_all before truncate on audit.event execute function audit.keep();
create or replace trigger keep before update of entry, field, version, value, author, saved_at or delete on portal.history for each row execute function audit.keep_record();
create or replace trigger keep_all before truncate on portal.history execute function audit.keep();
create or replace trigger keep before update of answers, incomplete_reason, lacking, received_at, submitted_by or delete
    on portal.submission for each row execute function audit.keep_record();
create or replace trigger keep_all before truncate on portal.submission execute function audit.keep();
create or replace trigger keep before update of sha256, brought_sha256, size, media_type, submission or delete
    on portal.document for each row when (old.submission is not null) execute function audit.keep_record();
create or replace trigger keep_all before truncate on portal.document execute function audit.keep();
create or replace trigger keep_all before truncate on portal.content execute function audit.keep();

-- ---------------------------------------------------------------- what each persona may do at all

grant select on portal.setting, portal.person to portal_p_senco, portal_p_adviser, portal_p_senas, portal_p_ict;
grant select on portal.membership to portal_p_senco, portal_p_senas, portal_p_ict;
grant select on portal.child, portal.record, portal.entry, portal.answer, portal.history, portal.submission,
    portal.document to portal_p_senco, portal_p_adviser, portal_p_senas;

grant usage on sequence portal.record_number to portal_p_senco;
grant insert (setting, first_name, middle_names, surname, dob, sex, upn, address_line1, address_line2, address_line3,
    address_line4, postcode, search) on portal.child to portal_p_senco;
grant insert (child, setting, form), update (status) on portal.record to portal_p_senco;
grant insert (id, record, setting, child, list), update (position, withdrawn_at) on portal.entry
    to portal_p_senco, portal_p_adviser;
grant insert (entry, field, record, setting, child, value, version, client, seq, run_base),
      update (value, version, client, seq, run_base) on portal.answer to portal_p_senco, portal_p_adviser;
grant insert (record, setting, child, form, incomplete_reason, lacking, answers) on portal.submission to portal_p_senco;
grant insert (id, record, setting, child, name, category, author, dated, submission, size, pages, sha256,
    brought_sha256, scan, made_from) on portal.document to portal_p_senco, portal_p_adviser, portal_p_senas;
grant update (withdrawn_at, withdrawn_reason) on portal.document to portal_p_senco, portal_p_adviser, portal_p_senas;
grant update (availability) on portal.document to portal_p_senas;
grant select, insert on portal.content to portal_p_senco, portal_p_adviser, portal_p_senas;
grant select, delete, insert (record, setting, child), update (record) on portal.invitation to portal_p_senas;
grant select on portal.advice_request to portal_p_senco, portal_p_adviser, portal_p_senas;
grant insert (topic, useful, why) on portal.feedback to portal_p_senco, portal_p_adviser, portal_p_senas, portal_p_ict;
grant select, update (why) on portal.feedback to portal_p_senas;
grant select on portal.document_request to portal_p_senco, portal_p_adviser, portal_p_senas;
grant insert (document, record, setting, child, kind, reason) on portal.document_request
    to portal_p_senco, portal_p_adviser;
grant update (state, answer) on portal.document_request to portal_p_senas;
grant select, insert (record, setting, child, field, new, reason) on portal.correction
    to portal_p_senco, portal_p_adviser, portal_p_senas;
grant insert (name, kind, urn, dfe_number, address, postcode, phone, email, closed_on),
      update (name, kind, urn, dfe_number, address, postcode, phone, email, closed_on) on portal.setting to portal_p_ict;
grant select, delete, insert (person, kind, name, content),
      update (state, claim, worked_at, done, total, report, failed) on portal.import to portal_p_senco, portal_p_ict;
grant insert (recipient, subject, body) on portal.letter to portal_p_senco, portal_p_adviser, portal_p_senas, portal_p_ict;
grant select, update (body, sent_at, tries, next_try, problem) on portal.letter to portal_p_loop;

-- ---------------------------------------------------------------- which rows: names are no secret among professionals

create policy names on portal.setting for select to portal_p_senco, portal_p_adviser, portal_p_senas, portal_p_ict
    using ((select priv.me()) is not null);
create policy names on portal.person for select to portal_p_senco, portal_p_adviser, portal_p_senas, portal_p_ict
    using ((select priv.me()) is not null);
create policy colleagues on portal.membership for select to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]));
create policy council on portal.membership for select to portal_p_senas using ((select priv.am_senas()));
create policy accounts on portal.membership for select to portal_p_ict using ((select priv.am_ict()));

-- ---------------------------------------------------------------- which rows: a setting's own children

create policy own_setting on portal.child for select to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]));
create policy own_setting_new on portal.child for insert to portal_p_senco
    with check (setting = any ((select priv.my_settings())::int[]));

create policy own_setting on portal.record for select to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]));
create policy own_setting_new on portal.record for insert to portal_p_senco
    with check (setting = any ((select priv.my_settings())::int[]) and status = 'draft');
-- the one step of a request's life that is the setting's: from draft to submitted
create policy own_setting_submit on portal.record for update to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]) and status = 'draft')
    with check (setting = any ((select priv.my_settings())::int[]) and status = 'submitted');

create policy own_setting on portal.entry for select to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]));
create policy own_setting_new on portal.entry for insert to portal_p_senco
    with check (setting = any ((select priv.my_settings())::int[]) and list <> 'ersa');
-- nobody changes another team's outcome
create policy own_setting_change on portal.entry for update to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]) and list <> 'ersa'
           and (list <> 'outcomes' or whose = any ((select priv.my_teams())::text[])))
    with check (setting = any ((select priv.my_settings())::int[]));

create policy own_setting on portal.answer for select to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]));
create policy own_setting_new on portal.answer for insert to portal_p_senco
    with check (setting = any ((select priv.my_settings())::int[])
                and exists (select from portal.entry e
                            where e.id = entry and e.record = answer.record and e.withdrawn_at is null
                              and (e.list <> 'outcomes' or e.whose = any ((select priv.my_teams())::text[]))));
create policy own_setting_change on portal.answer for update to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[])
           and exists (select from portal.entry e
                       where e.id = entry and e.withdrawn_at is null
                         and (e.list <> 'outcomes' or e.whose = any ((select priv.my_teams())::text[]))));

create policy own_setting on portal.history for select to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]));
create policy own_setting on portal.submission for select to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]));
create policy own_setting_new on portal.submission for insert to portal_p_senco
    with check (setting = any ((select priv.my_settings())::int[]));
-- what was taken back is gone for all but whoever did it, and SENAS
create policy own_setting on portal.document for select to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[])
           and (withdrawn_at is null or withdrawn_by = (select priv.me())));
create policy own_setting_new on portal.document for insert to portal_p_senco
    with check (setting = any ((select priv.my_settings())::int[]));
create policy own_setting_withdraw on portal.document for update to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]) and added_by = (select priv.me()) and withdrawn_at is null
           and exists (select from portal.record r where r.id = record and r.status = 'draft'))
    with check (withdrawn_at is not null);
-- until SENAS knows of the record, who took one back is the only one who can bring it back
create policy own_setting_restore on portal.document for update to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]) and withdrawn_by = (select priv.me()) and purged_at is null
           and exists (select from portal.record r where r.id = record and r.status = 'draft'))
    with check (withdrawn_at is null);

-- ---------------------------------------------------------------- which rows: children one is involved with

create policy involved on portal.child for select to portal_p_adviser
    using (id = any ((select priv.my_children())::uuid[]));
create policy involved on portal.record for select to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[]));
create policy involved on portal.entry for select to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[]));
create policy involved_new on portal.entry for insert to portal_p_adviser
    with check (child = any ((select priv.my_children())::uuid[]) and list in ('outcomes', 'professionals'));
create policy involved_change on portal.entry for update to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[])
           and list in ('outcomes', 'professionals') and team = (select priv.my_team()))
    with check (child = any ((select priv.my_children())::uuid[]));
create policy involved on portal.answer for select to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[]));
create policy involved_new on portal.answer for insert to portal_p_adviser
    with check (child = any ((select priv.my_children())::uuid[])
                and exists (select from portal.entry e
                            where e.id = entry and e.record = answer.record and e.withdrawn_at is null
                              and e.list in ('outcomes', 'professionals') and e.team = (select priv.my_team())));
create policy involved_change on portal.answer for update to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[])
           and exists (select from portal.entry e
                       where e.id = entry and e.withdrawn_at is null
                         and e.list in ('outcomes', 'professionals') and e.team = (select priv.my_team())));
create policy involved on portal.history for select to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[]));
create policy involved on portal.submission for select to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[]));
create policy involved on portal.document for select to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[])
           and (withdrawn_at is null or withdrawn_by = (select priv.me())));
create policy involved_new on portal.document for insert to portal_p_adviser
    with check (child = any ((select priv.my_children())::uuid[]) and submission is null);
create policy involved_withdraw on portal.document for update to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[]) and added_by = (select priv.me()) and withdrawn_at is null
           and exists (select from portal.record r where r.id = record and r.status = 'draft'))
    with check (withdrawn_at is not null);
create policy involved_restore on portal.document for update to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[]) and withdrawn_by = (select priv.me()) and purged_at is null
           and exists (select from portal.record r where r.id = record and r.status = 'draft'))
    with check (withdrawn_at is null);

-- ---------------------------------------------------------------- which rows: what SENAS was sent

-- A draft is between the family and the setting until it is submitted.
create policy council on portal.record for select to portal_p_senas
    using ((select priv.am_senas()) and status <> 'draft');
create policy council on portal.child for select to portal_p_senas
    using ((select priv.am_senas()) and exists (select from portal.record r where r.child = child.id));
create policy council on portal.entry for select to portal_p_senas
    using ((select priv.am_senas()) and exists (select from portal.record r where r.id = record));
create policy council on portal.answer for select to portal_p_senas
    using ((select priv.am_senas()) and exists (select from portal.record r where r.id = record));
create policy council on portal.history for select to portal_p_senas
    using ((select priv.am_senas()) and exists (select from portal.record r where r.id = record));
create policy council on portal.submission for select to portal_p_senas using ((select priv.am_senas()));
create policy council on portal.document for select to portal_p_senas
    using ((select priv.am_senas()) and exists (select from portal.record r where r.id = record));
create policy council_new on portal.document for insert to portal_p_senas
    with check ((select priv.am_senas()) and submission is null and exists (select from portal.record r where r.id = record));
create policy council_keep on portal.document for update to portal_p_senas
    using ((select priv.am_senas()) and purged_at is null and submission is null
           and exists (select from portal.record r where r.id = record))
    with check ((select priv.am_senas()));

-- ---------------------------------------------------------------- which rows: what a document holds

-- Listing a document is one thing, opening it another: each persona's rules for the list hold here too, through the
-- document; beyond them SENAS says who may open it, and nobody opens what was taken back or not yet scanned.
create policy available on portal.content for select to portal_p_senco, portal_p_adviser, portal_p_senas
    using (exists (select from portal.document d
                   where d.id = document and d.withdrawn_at is null and d.scan = 'clean'
                     and (d.availability = 'all' or d.added_by = (select priv.me())
                          or (select current_setting('role')) = 'portal_p_senas'
                          or exists (select from portal.document_request q
                                     where q.document = d.id and q.kind = 'open' and q.state = 'granted'
                                       and q.asked_by = (select priv.me())))));
create policy brought on portal.content for insert to portal_p_senco, portal_p_adviser, portal_p_senas
    with check (exists (select from portal.document d where d.id = document and d.added_by = (select priv.me())));

create policy own_setting on portal.advice_request for select to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]));
create policy involved on portal.advice_request for select to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[]));
create policy council on portal.advice_request for select to portal_p_senas
    using ((select priv.am_senas()) and exists (select from portal.record r where r.id = record));

create policy said on portal.feedback for insert to portal_p_senco, portal_p_adviser, portal_p_senas, portal_p_ict
    with check (person = (select priv.me()));
create policy council on portal.feedback for select to portal_p_senas using ((select priv.am_senas()));
create policy take_out on portal.feedback for update to portal_p_senas
    using ((select priv.am_senas())) with check ((select priv.am_senas()) and why = '');

create policy council on portal.invitation to portal_p_senas
    using ((select priv.am_senas()) and exists (select from portal.record r where r.id = record));

create policy asked on portal.document_request for select to portal_p_senco, portal_p_adviser
    using (asked_by = (select priv.me()));
create policy asked_new on portal.document_request for insert to portal_p_senco, portal_p_adviser
    with check (asked_by = (select priv.me())
                and exists (select from portal.document d where d.id = document and d.record = document_request.record));
create policy council on portal.document_request for select to portal_p_senas
    using ((select priv.am_senas()) and exists (select from portal.record r where r.id = record));
create policy council_decide on portal.document_request for update to portal_p_senas
    using ((select priv.am_senas()) and exists (select from portal.record r where r.id = record))
    with check (state <> 'waiting');

-- ---------------------------------------------------------------- corrections: asked for where the record may be seen

create policy own_setting on portal.correction for select to portal_p_senco
    using (setting = any ((select priv.my_settings())::int[]));
create policy own_setting_new on portal.correction for insert to portal_p_senco
    with check (setting = any ((select priv.my_settings())::int[]));
create policy involved on portal.correction for select to portal_p_adviser
    using (child = any ((select priv.my_children())::uuid[]));
create policy involved_new on portal.correction for insert to portal_p_adviser
    with check (child = any ((select priv.my_children())::uuid[]));
create policy council on portal.correction for select to portal_p_senas
    using ((select priv.am_senas()) and exists (select from portal.record r where r.id = record));
create policy council_new on portal.correction for insert to portal_p_senas
    with check ((select priv.am_senas()) and exists (select from portal.record r where r.id = record));

-- ---------------------------------------------------------------- the register of settings, and files that are brought

create policy register_new on portal.setting for insert to portal_p_ict with check ((select priv.am_ict()));
create policy register_change on portal.setting for update to portal_p_ict using ((select priv.am_ict()));
-- a file holds people's or children's details: it is for whoever brought it, and for half an hour
create policy own on portal.import to portal_p_senco, portal_p_ict
    using (person = (select priv.me()) and ends_at > clock_timestamp())
    with check (person = (select priv.me()));

-- ---------------------------------------------------------------- letters: anyone working may write one, the loop posts them

create policy write on portal.letter for insert to portal_p_senco, portal_p_adviser, portal_p_senas, portal_p_ict
    with check ((select priv.me()) is not null);
create policy post on portal.letter to portal_p_loop using (true);

reset role;
