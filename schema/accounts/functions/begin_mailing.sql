-- Whether an address may get one more mail now; if so, the mailing is on record. Whoever knows an address can ask for mail
-- to it, so there is a limit for each address.
CREATE OR REPLACE FUNCTION holdfast_accounts.begin_mailing(
    p_hash bytea, p_kind text, p_email text, p_mailbox text, p_password text, p_now timestamptz, p_expires timestamptz,
    p_hourly_max integer
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    -- Those of one address wait for each other here: the limit counts all of them.
    PERFORM pg_advisory_xact_lock(hashtextextended(p_email, 7308327774018887784));
    IF (SELECT count(*) FROM holdfast_accounts.mailings
        WHERE email = p_email AND created_at > p_now - interval '1 hour') >= p_hourly_max THEN
        RETURN false;
    END IF;
    INSERT INTO holdfast_accounts.mailings (hash, kind, email, mailbox, password, created_at, expires_at)
    VALUES (p_hash, p_kind, p_email, p_mailbox, p_password, p_now, p_expires);
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.begin_mailing FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.begin_mailing TO holdfast_appender;
