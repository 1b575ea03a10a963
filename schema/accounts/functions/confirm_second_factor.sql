-- From now on the account needs the second factor. False: its secret is another by now, or it is confirmed already.
CREATE OR REPLACE FUNCTION holdfast_accounts.confirm_second_factor(
    p_account text, p_secret bytea, p_step bigint, p_recovery_codes bytea[]
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE holdfast_accounts.second_factors
    SET is_confirmed = true, last_step = p_step, recovery_codes = p_recovery_codes, failures = 0, failed_at = NULL
    WHERE account_id = p_account AND secret = p_secret AND NOT is_confirmed;
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.confirm_second_factor FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.confirm_second_factor TO holdfast_appender;
