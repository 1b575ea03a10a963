-- Adds a session to an account that the caller has locked. Those sessions that would then be too many end, the longest unused
-- first.
CREATE OR REPLACE FUNCTION holdfast_accounts.add_session(
    p_account text, p_hash bytea, p_user_agent text, p_now timestamptz, p_sessions_max integer
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM holdfast_accounts.revoke(p_account, array(
        SELECT hash FROM holdfast_accounts.sessions WHERE account_id = p_account
        ORDER BY seen_at DESC, hash OFFSET p_sessions_max - 1), p_now);
    INSERT INTO holdfast_accounts.sessions (hash, account_id, created_at, seen_at, user_agent)
    VALUES (p_hash, p_account, p_now, p_now, p_user_agent);
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.add_session FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.add_session TO holdfast_appender;
