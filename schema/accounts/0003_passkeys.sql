-- Passkeys: keys in people's devices that log in to an account in place of its password.

CREATE TABLE holdfast_accounts.passkeys (
    -- As the authenticator chose it.
    credential_id      bytea PRIMARY KEY CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
    account_id         text COLLATE "C" NOT NULL REFERENCES holdfast_accounts.accounts ON DELETE CASCADE,
    -- A COSE key.
    public_key         bytea NOT NULL,
    -- Signatures so far, as the authenticator counts them; 0: it does not.
    sign_count         bigint NOT NULL,
    -- Whether the key may be copied to its owner's other devices, and has been.
    is_backup_eligible boolean NOT NULL,
    is_backed_up       boolean NOT NULL,
    -- As its owner calls it.
    name               text NOT NULL,
    created_at         timestamptz NOT NULL,
    -- Null: it was never used.
    used_at            timestamptz
) WITH (fillfactor = 80);

CREATE INDEX passkeys_of_account ON holdfast_accounts.passkeys (account_id);

-- Challenges that were answered well, until they end: each is good once. Those that nobody answered are not stored.
CREATE TABLE holdfast_accounts.answered_challenges (
    -- SHA-256 of the challenge.
    hash        bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    ends_at     timestamptz NOT NULL
);

CREATE INDEX answered_challenges_by_end ON holdfast_accounts.answered_challenges (ends_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast_accounts.passkeys TO holdfast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast_accounts.answered_challenges TO holdfast_app;
