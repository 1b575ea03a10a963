-- Ends the current epoch and begins the next, which it returns: from here on writers of the old epoch are fenced off.
-- The operator calls this after a failover or a restore that may have lost the log's tail, before anybody writes.
CREATE OR REPLACE FUNCTION holdfast.raise_epoch() RETURNS bigint
LANGUAGE plpgsql SET search_path = holdfast, pg_temp AS $$
DECLARE
    raised log_head%ROWTYPE;
BEGIN
    UPDATE log_head SET epoch = epoch + 1 RETURNING * INTO STRICT raised;
    INSERT INTO epochs (epoch, starts_after, began_at) VALUES (raised.epoch, raised.position, clock_timestamp());
    RETURN raised.epoch;
END $$;

REVOKE ALL ON FUNCTION holdfast.raise_epoch FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
