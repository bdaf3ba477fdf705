-- One more step of a case: that there will be a plan after all. Until now a refused plan was overturned by its draft, so
-- that nobody was reminded of the five weeks to it.

set local role portal_owner;

alter table portal.step
    drop constraint step_kind_check,
    add constraint step_kind_check check (kind in (
        'received', 'receipt', 'coordinator', 'question', 'answer', 'panel', 'assess', 'not_assess', 'draft', 'final',
        'no_plan', 'make_plan', 'withdrawn', 'moved', 'ceased', 'exception', 'void', 'appeal', 'review', 'amended',
        'placement'));
