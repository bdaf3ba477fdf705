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
        new.asked_by := coalesce(priv.me(), new.asked_by);
        new.asked_at := clock_timestamp();
    elsif new.state <> old.state then
        new.decided_by := coalesce(priv.me(), new.decided_by);
        new.decided_at := clock_timestamp();
    end if;
    return new;
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

create or replace function portal.document_scanned(scanned uuid, clean boolean) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update portal.document d set scan = case when clean then 'clean' else 'refused' end
    where d.id = scanned and d.scan = 'waiting';
end $$;

revoke execute on function
    portal.document_withdrawn(), portal.document_asked(), portal.content_kept(), portal.document_purge(interval),
    portal.document_unscanned(uuid[]), portal.document_scanned(uuid, boolean)
    from public;
grant execute on function portal.document_withdrawn(), portal.document_asked(), portal.content_kept() to portal_owner;
grant execute on function portal.document_purge(interval), portal.document_unscanned(uuid[]),
    portal.document_scanned(uuid, boolean) to portal_p_loop;

reset role;
set local role portal_owner;

create or replace trigger withdrawn before update of withdrawn_at on portal.document
    for each row execute function portal.document_withdrawn();
create or replace trigger asked before insert or update on portal.document_request
    for each row execute function portal.document_asked();
create or replace trigger keep before update or delete on portal.content
    for each row execute function portal.content_kept();
create or replace trigger audit after insert or update on portal.document_request
    for each row execute function audit.write();

reset role;
