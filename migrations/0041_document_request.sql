-- A request about a document also ends where the document is taken away, and what was granted can be taken back.

set local role portal_owner;

alter table portal.document_request
    drop constraint document_request_state_check,
    add constraint document_request_state_check
        check (state in ('waiting', 'granted', 'declined', 'gone', 'revoked'));
