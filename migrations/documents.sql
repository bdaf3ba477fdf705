-- What becomes of documents: who took one back or asked for one is not for them to say; what was taken back is kept for
-- a month and then cleared away. Applied again, whole, whenever it changes.

set local role portal_definer;

create or replace function portal.document_withdrawn() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if new.withdrawn_at is null then
        new.withdrawn_by := null;
        new.withdrawn_reason := '';
    elsif old.withdrawn_at is null then
        new.withdrawn_at := clock_timestamp();
        new.withdrawn_by := coalesce(priv.me(), new.withdrawn_by);
    end if;
    return new;
end $$;

create or replace function portal.document_asked() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if tg_op = 'INSERT' then
        -- waits for whoever is just taking it away: then nothing is asked
        perform from portal.document d where d.id = new.document and d.withdrawn_at is null for share;
        if not found then
            return null;
        end if;
        new.asked_by := coalesce(priv.me(), new.asked_by);
        new.asked_at := clock_timestamp();
    elsif new.state <> old.state then
        new.decided_by := coalesce(priv.me(), new.decided_by);
        new.decided_at := clock_timestamp();
    end if;
    return new;
end $$;

-- With a document go the requests that wait for it, and with keeping it to SENAS those that were granted.
create or replace function portal.document_requests_end() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if old.withdrawn_at is null and new.withdrawn_at is not null then
        update portal.document_request q set state = case q.kind when 'remove' then 'granted' else 'gone' end
        where q.document = new.id and q.state = 'waiting';
    end if;
    if old.availability = 'all' and new.availability = 'senas' then
        update portal.document_request q set state = 'revoked'
        where q.document = new.id and q.kind = 'open' and q.state = 'granted';
    end if;
    return null;
end $$;

-- Whose requests have ended with it in this transaction: whom to tell.
create or replace function portal.document_ended(gone uuid)
returns table (kind text, record uuid, reference text, email text)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select q.kind, q.record, r.reference, p.email
        from portal.document_request q
        join portal.document d on d.id = q.document and d.withdrawn_at >= transaction_timestamp()
        join portal.record r on r.id = q.record
        join portal.person p on p.id = q.asked_by
        join priv.account a on a.person = p.id and a.disabled_at is null
        where q.document = gone and q.decided_at >= d.withdrawn_at;
end $$;

-- The content of what a submission made is kept as it was sent; what people brought goes only once it was taken back, and
-- all of it with the record.
create or replace function portal.content_kept() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if tg_op = 'DELETE' and exists (select from portal.document d
                                    where d.id = old.document and (d.purged_at is not null or priv.erasing(d.record))) then
        return old;
    end if;
    raise exception 'a document is never altered' using errcode = 'insufficient_privilege';
end $$;

-- Clear away what was taken back longer ago than `kept`; what remains is that it was there. Returns how many.
create or replace function portal.document_purge(kept interval) returns int
language plpgsql security definer set search_path = '' as $$
declare
    gone uuid[];
begin
    with purged as (
        update portal.document d set purged_at = clock_timestamp()
        where d.withdrawn_at < clock_timestamp() - kept and d.purged_at is null
        returning d.id, d.record, d.child
    ), told as (
        select p.id, audit.note('document.purged', p.child, p.record, null, null, jsonb_build_object('document', p.id))
        from purged p
    )
    select array_agg(t.id) into gone from told t;
    delete from portal.content c where c.document = any (gone);
    return coalesce(cardinality(gone), 0);
end $$;

-- One document that still waits for the scanner, held, other than those asked about already; and what came of it. In no
-- order: many that the scanner cannot decide on would else stand before all others for ever.
drop function if exists portal.document_unscanned();
create or replace function portal.document_unscanned(asked uuid[]) returns table (document uuid, content bytea)
language plpgsql security definer set search_path = '' as $$
begin
    return query
        select d.id, c.content
        from portal.document d join portal.content c on c.document = d.id
        where d.scan = 'waiting' and d.id <> all (asked)
        order by random()
        limit 1
        for update of d skip locked;
end $$;

-- Of one with a virus whom to tell: who brought it, or, if they have left, the record's contact.
drop function if exists portal.document_scanned(uuid, boolean);
create or replace function portal.document_scanned(scanned uuid, clean boolean)
returns table (email text, record uuid, reference text)
language plpgsql security definer set search_path = '' as $$
begin
    update portal.document d set scan = case when clean then 'clean' else 'refused' end
    where d.id = scanned and d.scan = 'waiting';
    return query
        select p.email, r.id, r.reference
        from portal.document d
        join portal.record r on r.id = d.record
        join portal.person p on p.id = case
            when exists (select from priv.account a where a.person = d.added_by and a.disabled_at is null) then d.added_by
            else r.contact end
        where d.id = scanned and d.scan = 'refused';
end $$;

revoke execute on function
    portal.document_withdrawn(), portal.document_asked(), portal.document_requests_end(), portal.document_ended(uuid),
    portal.content_kept(), portal.document_purge(interval),
    portal.document_unscanned(uuid[]), portal.document_scanned(uuid, boolean)
    from public;
grant execute on function portal.document_withdrawn(), portal.document_asked(), portal.document_requests_end(),
    portal.content_kept() to portal_owner;
grant execute on function portal.document_ended(uuid) to portal_p_senas, portal_p_ict;
grant execute on function portal.document_purge(interval), portal.document_unscanned(uuid[]),
    portal.document_scanned(uuid, boolean) to portal_p_loop;

reset role;
set local role portal_owner;

create or replace trigger withdrawn before update of withdrawn_at on portal.document
    for each row execute function portal.document_withdrawn();
create or replace trigger requests_end after update of withdrawn_at, availability on portal.document
    for each row execute function portal.document_requests_end();
create or replace trigger asked before insert or update on portal.document_request
    for each row execute function portal.document_asked();
create or replace trigger keep before update or delete on portal.content
    for each row execute function portal.content_kept();
create or replace trigger audit after insert or update on portal.document_request
    for each row execute function audit.write();

reset role;
