-- Counts a wrong one-time password. For nodes of the version before: begin_second_factor_try counts tries before they are checked.
CREATE OR REPLACE FUNCTION holdfast_accounts.fail_second_factor(p_account text, p_now timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE holdfast_accounts.second_factors SET failures = failures + 1, failed_at = p_now WHERE account_id = p_account;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.fail_second_factor FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.fail_second_factor TO holdfast_appender;
