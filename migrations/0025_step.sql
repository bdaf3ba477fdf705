-- Four more steps of a case, which leave it where it is: mediation or an appeal, and of a plan its annual review, its
-- amendment, and where the child goes. The SEN2 return asks for them.

set local role portal_owner;

alter table portal.step
    drop constraint step_kind_check,
    add constraint step_kind_check check (kind in (
        'received', 'receipt', 'coordinator', 'question', 'answer', 'panel', 'assess', 'not_assess', 'draft', 'final',
        'no_plan', 'withdrawn', 'moved', 'ceased', 'exception', 'void', 'appeal', 'review', 'amended', 'placement'));
