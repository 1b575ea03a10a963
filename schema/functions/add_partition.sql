-- Makes the partition of `events` for the positions after `p_after` up to `p_to`. The table is made apart and then
-- attached: ATTACH locks the parent only against other changes of its shape, so neither readers nor appenders wait.
CREATE OR REPLACE FUNCTION holdfast.add_partition(p_after bigint, p_to bigint) RETURNS void
LANGUAGE plpgsql SET search_path = holdfast, pg_temp AS $$
DECLARE
    name text := format('events_from_%s', p_after + 1);
BEGIN
    EXECUTE format('CREATE TABLE holdfast.%I (LIKE holdfast.events INCLUDING ALL)', name);
    -- A stream's events by version. Unique as a second line of defence; a unique index over all partitions would have
    -- to contain the position and prove nothing.
    EXECUTE format('CREATE UNIQUE INDEX %I ON holdfast.%I (stream, stream_version)', name || '_stream', name);
    PERFORM holdfast.make_append_only(format('holdfast.%I', name)::regclass);
    EXECUTE format(
        'ALTER TABLE holdfast.events ATTACH PARTITION holdfast.%I FOR VALUES FROM (%s) TO (%s)',
        name, p_after + 1, p_to + 1);
END $$;

REVOKE ALL ON FUNCTION holdfast.add_partition FROM PUBLIC, holdfast_app;
