-- Whether a one-time password may be tried now. If so, it counts as wrong until use_second_factor says otherwise: of many that
-- come at once, no more are let through than of those that come one after the other.
CREATE OR REPLACE FUNCTION holdfast_accounts.begin_second_factor_try(
    p_account text, p_failures_max integer, p_failed_before timestamptz, p_now timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE holdfast_accounts.second_factors SET failures = failures + 1, failed_at = p_now
    WHERE account_id = p_account AND is_confirmed AND (failures < p_failures_max OR failed_at <= p_failed_before);
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.begin_second_factor_try FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.begin_second_factor_try TO holdfast_appender;
