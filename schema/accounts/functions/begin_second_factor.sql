-- Notes the secret of a second factor that is to be, in place of one that was never confirmed. False: the account has one, or
-- the password that was just checked is not its any more.
CREATE OR REPLACE FUNCTION holdfast_accounts.begin_second_factor(
    p_account text, p_checked_password text, p_secret bytea
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM holdfast_accounts.accounts
    WHERE account_id = p_account AND password = p_checked_password FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO holdfast_accounts.second_factors AS f (account_id, secret) VALUES (p_account, p_secret)
    ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, failures = 0, failed_at = NULL
    WHERE NOT f.is_confirmed;
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.begin_second_factor FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.begin_second_factor TO holdfast_appender;
