-- Sets another password, unless the one that was just checked is not the account's any more, and ends all sessions of the
-- account but one.
CREATE OR REPLACE FUNCTION holdfast_accounts.change_password(
    p_account text, p_checked_password text, p_new_password text, p_kept bytea, p_now timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_email text;
BEGIN
    UPDATE holdfast_accounts.accounts SET password = p_new_password
    WHERE account_id = p_account AND password = p_checked_password
    RETURNING email INTO v_email;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- Codes for a new password are as old as the former one.
    DELETE FROM holdfast_accounts.mailings WHERE email = v_email AND kind = 'reset';
    PERFORM holdfast_accounts.revoke(p_account, array(
        SELECT hash FROM holdfast_accounts.sessions WHERE account_id = p_account AND hash <> p_kept), p_now);
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.change_password FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.change_password TO holdfast_appender;
