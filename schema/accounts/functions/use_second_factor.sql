-- Uses up the one-time password of a step, or a recovery code; the other is null. False: it was used before, or is none.
CREATE OR REPLACE FUNCTION holdfast_accounts.use_second_factor(p_account text, p_step bigint, p_recovery_code bytea)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE holdfast_accounts.second_factors
    SET last_step = coalesce(p_step, last_step), recovery_codes = array_remove(recovery_codes, p_recovery_code),
        failures = 0, failed_at = NULL
    WHERE account_id = p_account AND is_confirmed
        AND (p_step > last_step OR p_recovery_code = ANY (recovery_codes));
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.use_second_factor FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.use_second_factor TO holdfast_appender;
