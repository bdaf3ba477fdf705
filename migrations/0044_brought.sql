-- The same Word document becomes another PDF each time, dated anew: it is known again by what was brought.

set local role portal_owner;

alter table portal.document add column brought_sha256 bytea;  -- null where it is the PDF itself, or was made by the portal
create index document_brought on portal.document (record, brought_sha256) where brought_sha256 is not null;
