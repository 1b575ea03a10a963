-- How many webhooks fail is for tools/doctor, which looks at a database as the role that only reads.

GRANT USAGE ON SCHEMA holdfast_webhooks TO holdfast_reader;
GRANT SELECT (disabled, failures) ON holdfast_webhooks.endpoints TO holdfast_reader;
