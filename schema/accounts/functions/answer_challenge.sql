-- Notes that a challenge was answered. False: it was before.
CREATE OR REPLACE FUNCTION holdfast_accounts.answer_challenge(p_hash bytea, p_ends timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO holdfast_accounts.answered_challenges (hash, ends_at) VALUES (p_hash, p_ends)
    ON CONFLICT (hash) DO NOTHING;
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.answer_challenge FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.answer_challenge TO holdfast_appender;
