-- Takes a lease if it is free: the advisory lock of this key, which ends with the session. Returns whether the session has it.
--
-- A role that may append may take any lease. The role of query nodes may take those of stored views alone (their keys are
-- 7308327774018887781 to 7308327774018887799), so such a node can't keep the payment process, or another worker, from its
-- lease: tools/migrate leaves advisory locks to the owner and to who may append, and this function takes them as the owner.
CREATE OR REPLACE FUNCTION holdfast.try_lease(p_key bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = holdfast, pg_temp AS $$
BEGIN
    IF p_key NOT BETWEEN 7308327774018887781 AND 7308327774018887799
        AND NOT pg_has_role(session_user, 'holdfast_appender', 'USAGE')
    THEN
        RAISE EXCEPTION 'the lease % is for roles that may append', p_key USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN pg_try_advisory_lock(p_key);
END $$;

REVOKE ALL ON FUNCTION holdfast.try_lease FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast.try_lease TO holdfast_reader;
