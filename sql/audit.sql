-- What a person looked at; what they changed is noted by triggers.

-- name: note :none
select audit.note(%(action)s, %(child)s, %(record)s, %(entry)s, %(field)s, %(detail)s::jsonb);
