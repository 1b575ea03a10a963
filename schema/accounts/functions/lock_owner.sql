-- Locks whose sessions are about to be opened or ended until the transaction ends, so that two calls never wait for each other:
-- an account by its row, and a provider's user, who has none, by their name.
CREATE OR REPLACE FUNCTION holdfast_accounts.lock_owner(p_owner text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM holdfast_accounts.accounts WHERE account_id = p_owner FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(p_owner, 7308327774018887781));
    END IF;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.lock_owner FROM PUBLIC, holdfast_app;
GRANT EXECUTE ON FUNCTION holdfast_accounts.lock_owner TO holdfast_app;
