-- Notes that somebody wants an account. Returns what to mail: `verification` with the code, `exists` where the address has
-- an account, or `nothing` where it got enough mail.
CREATE OR REPLACE FUNCTION holdfast_accounts.register(
    p_hash bytea, p_email text, p_mailbox text, p_password text, p_now timestamptz, p_expires timestamptz,
    p_hourly_max integer
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM holdfast_accounts.accounts WHERE email = p_email) THEN
        RETURN CASE WHEN holdfast_accounts.begin_mailing(
            p_hash, 'notice', p_email, NULL, NULL, p_now, p_expires, p_hourly_max) THEN 'exists' ELSE 'nothing' END;
    END IF;
    RETURN CASE WHEN holdfast_accounts.begin_mailing(
        p_hash, 'verification', p_email, p_mailbox, p_password, p_now, p_expires, p_hourly_max)
        THEN 'verification' ELSE 'nothing' END;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.register FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.register TO holdfast_appender;
