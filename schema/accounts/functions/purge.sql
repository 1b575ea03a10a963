-- Deletes what is over: sessions that began, or were last seen, before these times, mailings that no limit counts and no code
-- is of, challenges that ended, and revocations that every node has heard of. At most so many of each, so that it never takes long.
CREATE OR REPLACE FUNCTION holdfast_accounts.purge(
    p_began_before timestamptz, p_seen_before timestamptz, p_revoked_before timestamptz, p_now timestamptz,
    p_rows_max integer
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM holdfast_accounts.sessions WHERE hash = ANY (array(
        SELECT hash FROM holdfast_accounts.sessions WHERE created_at < p_began_before OR seen_at < p_seen_before
        LIMIT p_rows_max FOR UPDATE SKIP LOCKED));
    DELETE FROM holdfast_accounts.mailings WHERE hash = ANY (array(
        SELECT hash FROM holdfast_accounts.mailings
        WHERE expires_at < p_now AND created_at < p_now - interval '1 hour'
        LIMIT p_rows_max FOR UPDATE SKIP LOCKED));
    -- Nodes' clocks may differ.
    DELETE FROM holdfast_accounts.answered_challenges WHERE hash = ANY (array(
        SELECT hash FROM holdfast_accounts.answered_challenges WHERE ends_at < p_now - interval '1 hour'
        LIMIT p_rows_max FOR UPDATE SKIP LOCKED));
    DELETE FROM holdfast_accounts.revocations WHERE number = ANY (array(
        SELECT number FROM holdfast_accounts.revocations WHERE revoked_at < p_revoked_before
        ORDER BY number LIMIT p_rows_max FOR UPDATE SKIP LOCKED));
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.purge FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.purge TO holdfast_appender;
