-- Locks whose sessions are about to be opened or ended until the transaction ends, so that two calls never wait for each other:
-- an account by its row, and a provider's user, who has none, by the sessions that there are, in order.
CREATE OR REPLACE FUNCTION holdfast_accounts.lock_owner(p_owner text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM holdfast_accounts.accounts WHERE account_id = p_owner FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM FROM holdfast_accounts.sessions WHERE account_id = p_owner ORDER BY hash FOR UPDATE;
    END IF;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.lock_owner FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.lock_owner TO holdfast_appender;
