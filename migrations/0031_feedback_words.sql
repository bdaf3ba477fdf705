-- Words that name a child are taken out of what people say of the pages of help; who did so stays.

set local role portal_owner;

alter table portal.feedback
    add column taken_out_by int references portal.person,
    add column taken_out_at timestamptz,
    add check ((taken_out_by is null) = (taken_out_at is null)),
    add check (taken_out_at is null or why = ''),
    add check (length(why) <= 1000);
create index feedback_last on portal.feedback (topic, person, said_at desc);
