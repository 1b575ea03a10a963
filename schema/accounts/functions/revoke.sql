-- Ends sessions at once, and tells the nodes. Returns how many there were.
--
-- The caller has locked the sessions' account, so that two calls never wait for each other.
CREATE OR REPLACE FUNCTION holdfast_accounts.revoke(p_account text, p_hashes bytea[], p_now timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_ended bytea[];
    v_count bigint;
    v_last bigint;
BEGIN
    WITH ended AS (
        DELETE FROM holdfast_accounts.sessions WHERE account_id = p_account AND hash = ANY (p_hashes) RETURNING hash
    )
    SELECT array_agg(hash), count(*) INTO v_ended, v_count FROM ended;
    IF v_count > 0 THEN
        UPDATE holdfast_accounts.revocation_head SET number = number + v_count RETURNING number INTO v_last;
        INSERT INTO holdfast_accounts.revocations (number, hash, revoked_at)
        SELECT v_last - v_count + n, hash, p_now FROM unnest(v_ended) WITH ORDINALITY AS e (hash, n);
    END IF;
    RETURN v_count;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.revoke FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.revoke TO holdfast_appender;
