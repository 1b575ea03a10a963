-- Waits until every append that holds the log is decided, then commits a write of its own. With synchronous replication
-- that commit waits for the standby, so everything visible before it is then as durable as it can be. A read alone does
-- not achieve this: cancelling a wait for the standby leaves commits visible that are not replicated.
--
-- Error: LG004 if the session's synchronous_commit is off or local.
CREATE OR REPLACE FUNCTION holdfast.barrier() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = holdfast, pg_temp AS $$
BEGIN
    IF current_setting('synchronous_commit') IN ('off', 'local') THEN
        RAISE EXCEPTION 'a barrier needs a synchronous commit' USING ERRCODE = 'LG004';
    END IF;
    UPDATE log_head SET recorded_at = recorded_at;
END $$;

REVOKE ALL ON FUNCTION holdfast.barrier FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast.barrier TO holdfast_appender;
