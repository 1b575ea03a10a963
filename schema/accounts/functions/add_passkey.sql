-- Gives an account a passkey. Returns null, or why not: `replayed` where the challenge was answered before, `registered`
-- where an account has the passkey, `too-many` where this account has enough of them, `credential` where there is no such
-- account any more.
CREATE OR REPLACE FUNCTION holdfast_accounts.add_passkey(
    p_account text, p_credential_id bytea, p_public_key bytea, p_sign_count bigint, p_is_backup_eligible boolean,
    p_is_backed_up boolean, p_name text, p_challenge bytea, p_challenge_ends timestamptz, p_now timestamptz,
    p_passkeys_max integer
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM holdfast_accounts.accounts WHERE account_id = p_account FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'credential';
    END IF;
    IF NOT holdfast_accounts.answer_challenge(p_challenge, p_challenge_ends) THEN
        RETURN 'replayed';
    END IF;
    IF (SELECT count(*) FROM holdfast_accounts.passkeys WHERE account_id = p_account) >= p_passkeys_max THEN
        RETURN 'too-many';
    END IF;
    INSERT INTO holdfast_accounts.passkeys (
        credential_id, account_id, public_key, sign_count, is_backup_eligible, is_backed_up, name, created_at)
    VALUES (
        p_credential_id, p_account, p_public_key, p_sign_count, p_is_backup_eligible, p_is_backed_up, p_name, p_now)
    ON CONFLICT (credential_id) DO NOTHING;
    IF NOT FOUND THEN
        RETURN 'registered';
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.add_passkey FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.add_passkey TO holdfast_appender;
