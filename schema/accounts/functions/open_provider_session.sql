-- Opens a session for whom an identity provider has just named. Returns whether it is open: the provider's answer opens one
-- session, and never another.
CREATE OR REPLACE FUNCTION holdfast_accounts.open_provider_session(
    p_user text, p_issuer text, p_attempt bytea, p_attempt_ends timestamptz, p_hash bytea, p_user_agent text,
    p_now timestamptz, p_sessions_max integer
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF p_user LIKE 'account:%' THEN
        RAISE EXCEPTION 'no provider names an account';
    END IF;
    PERFORM holdfast_accounts.lock_owner(p_user);
    IF NOT holdfast_accounts.answer_challenge(p_attempt, p_attempt_ends) THEN
        RETURN false;
    END IF;
    PERFORM holdfast_accounts.add_session(p_user, p_hash, p_user_agent, p_now, p_sessions_max);
    UPDATE holdfast_accounts.sessions SET issuer = p_issuer WHERE hash = p_hash;
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.open_provider_session FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.open_provider_session TO holdfast_appender;
