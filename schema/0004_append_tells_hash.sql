-- holdfast.append answers with the batch's number and hash. Its result has other columns, so the function is made anew, in
-- this one transaction. A node that has called it before gets an error once, and connects again.

DROP FUNCTION IF EXISTS holdfast.append(
    bigint, text[], bigint[], bytea[], integer[], uuid[], text[], bytea[], bytea[], integer[], text[], smallint[], bytea[]);
DELETE FROM holdfast.schema_migrations WHERE file = 'functions/append.sql';
\ir functions/append.sql
