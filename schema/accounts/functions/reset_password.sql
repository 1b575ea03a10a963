-- Sets the password that a mail's code allows to set, once, and ends all sessions of the account. Returns the account; null:
-- there is no such code, or no more.
CREATE OR REPLACE FUNCTION holdfast_accounts.reset_password(p_hash bytea, p_password text, p_now timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_email text;
    v_account text;
BEGIN
    DELETE FROM holdfast_accounts.mailings WHERE hash = p_hash AND kind = 'reset' AND expires_at > p_now
    RETURNING email INTO v_email;
    UPDATE holdfast_accounts.accounts SET password = p_password WHERE email = v_email
    RETURNING account_id INTO v_account;
    IF v_account IS NULL THEN
        RETURN NULL;
    END IF;
    -- Other codes of the account are as old as the password.
    DELETE FROM holdfast_accounts.mailings WHERE email = v_email AND kind = 'reset';
    PERFORM holdfast_accounts.end_sessions(v_account, NULL, p_now);
    RETURN v_account;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.reset_password FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.reset_password TO holdfast_appender;
