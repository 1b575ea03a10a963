-- Opens a session for whoever has just shown a passkey, and notes its use. Returns null, or why not: `credential` where the
-- account does not have the passkey any more, `replayed` where the challenge was answered before, `counter` where the passkey
-- has signed more often meanwhile.
CREATE OR REPLACE FUNCTION holdfast_accounts.open_passkey_session(
    p_account text, p_credential_id bytea, p_sign_count bigint, p_is_backed_up boolean, p_challenge bytea,
    p_challenge_ends timestamptz, p_hash bytea, p_user_agent text, p_now timestamptz, p_sessions_max integer
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_sign_count bigint;
BEGIN
    PERFORM FROM holdfast_accounts.accounts WHERE account_id = p_account FOR UPDATE;
    SELECT sign_count INTO v_sign_count FROM holdfast_accounts.passkeys
    WHERE credential_id = p_credential_id AND account_id = p_account FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'credential';
    END IF;
    IF NOT holdfast_accounts.answer_challenge(p_challenge, p_challenge_ends) THEN
        RETURN 'replayed';
    END IF;
    IF p_sign_count <= v_sign_count AND (p_sign_count <> 0 OR v_sign_count <> 0) THEN
        RETURN 'counter';
    END IF;
    UPDATE holdfast_accounts.passkeys SET sign_count = p_sign_count, is_backed_up = p_is_backed_up, used_at = p_now
    WHERE credential_id = p_credential_id;
    PERFORM holdfast_accounts.add_session(p_account, p_hash, p_user_agent, p_now, p_sessions_max);
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.open_passkey_session FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.open_passkey_session TO holdfast_appender;
