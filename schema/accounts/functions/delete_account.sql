-- Deletes an account with all that is kept of it, unless the password that was just checked is not its any more.
CREATE OR REPLACE FUNCTION holdfast_accounts.delete_account(p_account text, p_checked_password text, p_now timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_email text;
BEGIN
    SELECT email INTO v_email FROM holdfast_accounts.accounts
    WHERE account_id = p_account AND password = p_checked_password FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM holdfast_accounts.end_sessions(p_account, NULL, p_now);
    DELETE FROM holdfast_accounts.mailings WHERE email = v_email AND kind <> 'notice';
    DELETE FROM holdfast_accounts.accounts WHERE account_id = p_account;
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.delete_account FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.delete_account TO holdfast_appender;
