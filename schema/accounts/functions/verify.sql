-- Makes the account that a mail's code is for. False: there is no such code, or no more, or the address has an account.
CREATE OR REPLACE FUNCTION holdfast_accounts.verify(p_hash bytea, p_account text, p_now timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_mailing holdfast_accounts.mailings;
BEGIN
    DELETE FROM holdfast_accounts.mailings WHERE hash = p_hash AND kind = 'verification' AND expires_at > p_now
    RETURNING * INTO v_mailing;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO holdfast_accounts.accounts (account_id, email, mailbox, password, created_at)
    VALUES (p_account, v_mailing.email, v_mailing.mailbox, v_mailing.password, p_now)
    ON CONFLICT (email) DO NOTHING;
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.verify FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.verify TO holdfast_appender;
