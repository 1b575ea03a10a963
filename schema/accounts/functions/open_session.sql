-- Opens a session, unless the password that was just checked is not the account's any more.
CREATE OR REPLACE FUNCTION holdfast_accounts.open_session(
    p_account text, p_checked_password text, p_new_password text, p_hash bytea, p_user_agent text, p_now timestamptz,
    p_sessions_max integer
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM holdfast_accounts.accounts
    WHERE account_id = p_account AND password = p_checked_password FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF p_new_password <> p_checked_password THEN
        UPDATE holdfast_accounts.accounts SET password = p_new_password WHERE account_id = p_account;
    END IF;
    PERFORM holdfast_accounts.add_session(p_account, p_hash, p_user_agent, p_now, p_sessions_max);
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.open_session FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.open_session TO holdfast_appender;
