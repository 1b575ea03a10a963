-- Ends sessions of an account, or of a provider's user: the one whose hash begins like that, or all of them if that is null.
-- Returns how many.
CREATE OR REPLACE FUNCTION holdfast_accounts.end_sessions(p_account text, p_prefix bytea, p_now timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM holdfast_accounts.lock_owner(p_account);
    RETURN holdfast_accounts.revoke(p_account, array(
        SELECT hash FROM holdfast_accounts.sessions
        WHERE account_id = p_account
            AND (p_prefix IS NULL OR substring(hash FROM 1 FOR octet_length(p_prefix)) = p_prefix)), p_now);
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.end_sessions FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.end_sessions TO holdfast_appender;
