-- Makes the partition of `p_table` for the positions from `p_from` up to, but not including, `p_to`. The partition is
-- made apart and then attached: ATTACH locks the parent only against other changes of its shape, so neither readers nor
-- appenders wait. (The default is for 0001_log.sql alone.)
CREATE OR REPLACE FUNCTION holdfast.add_partition(p_from bigint, p_to bigint, p_table text DEFAULT 'events')
RETURNS void
LANGUAGE plpgsql SET search_path = holdfast, pg_temp AS $$
DECLARE
    name text := format('%s_from_%s', p_table, p_from);
BEGIN
    EXECUTE format('CREATE TABLE holdfast.%I (LIKE holdfast.%I INCLUDING ALL)', name, p_table);
    PERFORM holdfast.make_append_only(format('holdfast.%I', name)::regclass);
    EXECUTE format(
        'ALTER TABLE holdfast.%I ATTACH PARTITION holdfast.%I FOR VALUES FROM (%s) TO (%s)',
        p_table, name, p_from, p_to);
END $$;

REVOKE ALL ON FUNCTION holdfast.add_partition FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
