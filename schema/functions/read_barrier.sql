-- Commits a record of its own, which changes nothing. With synchronous replication that commit waits for the standby, so
-- everything that was visible before it is then as durable as it can be. Unlike `barrier` it takes no lock, so it neither
-- waits for appends nor makes them wait: query nodes may call it.
--
-- Error: LG004 if the session's synchronous_commit is off or local.
CREATE OR REPLACE FUNCTION holdfast.read_barrier() RETURNS void
LANGUAGE plpgsql SET search_path = holdfast, pg_temp AS $$
BEGIN
    IF current_setting('synchronous_commit') IN ('off', 'local') THEN
        RAISE EXCEPTION 'a barrier needs a synchronous commit' USING ERRCODE = 'LG004';
    END IF;
    -- As part of a transaction, so that the commit is written and waited for.
    PERFORM pg_logical_emit_message(true, 'holdfast', '');
END $$;

REVOKE ALL ON FUNCTION holdfast.read_barrier FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast.read_barrier TO holdfast_reader;
