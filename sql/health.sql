-- Is the database there?

-- name: alive :value
select true;

-- Nothing in it but the demo's people and children, and what they added?
-- name: only_demo :value
select priv.only_demo();
