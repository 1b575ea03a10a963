-- Makes this session the only one that appends as `p_writer`, a number that a writer chooses at random and keeps. The
-- function ends the session that had the number, and waits until that session is gone.
--
-- A writer whose connection broke calls this on its new connection. An append whose answer was lost is then decided and
-- cannot arrive late: neither from a backend that still runs, nor from bytes that no backend has read yet.
--
-- The function runs with the caller's rights, since a role may end its own sessions.
CREATE OR REPLACE FUNCTION holdfast.claim_writer(p_writer bigint) RETURNS void
LANGUAGE plpgsql SET search_path = holdfast, pg_temp AS $$
BEGIN
    PERFORM pg_terminate_backend(l.pid, 5000)
    FROM pg_locks AS l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_backend_pid()
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::bigint << 32 | l.objid::bigint) = p_writer;
    PERFORM pg_advisory_lock(p_writer);
END $$;

REVOKE ALL ON FUNCTION holdfast.claim_writer FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast.claim_writer TO holdfast_appender;
