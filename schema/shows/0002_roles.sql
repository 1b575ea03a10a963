-- Query nodes fold the view, and read it, as holdfast_reader; schema/0005_roles.sql has the roles. No node changes what
-- tools/migrate records.
REVOKE ALL ON ALL TABLES IN SCHEMA holdfast_shows FROM holdfast_app;
REVOKE ALL ON SCHEMA holdfast_shows FROM holdfast_app;

GRANT USAGE ON SCHEMA holdfast_shows TO holdfast_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast_shows.shows, holdfast_shows.words TO holdfast_reader;
GRANT SELECT, UPDATE ON holdfast_shows.checkpoint TO holdfast_reader;
