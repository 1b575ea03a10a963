-- Notes that somebody wants a new password. Returns what to mail: `reset` with the code, `unknown` where no account has the
-- address, or `nothing` where it got enough mail.
CREATE OR REPLACE FUNCTION holdfast_accounts.begin_reset(
    p_hash bytea, p_email text, p_now timestamptz, p_expires timestamptz, p_hourly_max integer
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_exists boolean := EXISTS (SELECT FROM holdfast_accounts.accounts WHERE email = p_email);
BEGIN
    IF NOT holdfast_accounts.begin_mailing(
        p_hash, CASE WHEN v_exists THEN 'reset' ELSE 'notice' END, p_email, NULL, NULL, p_now, p_expires, p_hourly_max)
    THEN
        RETURN 'nothing';
    END IF;
    RETURN CASE WHEN v_exists THEN 'reset' ELSE 'unknown' END;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.begin_reset FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.begin_reset TO holdfast_appender;
