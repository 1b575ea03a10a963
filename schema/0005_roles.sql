-- A role for each kind of process in place of one for all: holdfast_reader for query nodes and tools, which read the log, and
-- holdfast_appender for command nodes, which append to it besides. tools/migrate makes the roles; appenders are members of
-- readers. What holdfast_app, the one role of earlier versions, was granted it has as a member of appenders from now on.
REVOKE ALL ON ALL TABLES IN SCHEMA holdfast FROM holdfast_app;
REVOKE ALL ON SCHEMA holdfast FROM holdfast_app;

GRANT USAGE ON SCHEMA holdfast TO holdfast_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA holdfast TO holdfast_reader;
