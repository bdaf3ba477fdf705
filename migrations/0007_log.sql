-- What was done to a person, found as quickly as what they did.

set local role portal_owner;

create index event_whom on audit.event ((detail ->> 'whom'), id) where detail ->> 'whom' is not null;
