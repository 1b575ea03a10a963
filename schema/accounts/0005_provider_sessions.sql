-- Sessions of people who logged in at an identity provider. They have no account here, and nothing is stored of them but their
-- sessions.

-- Whose session it is: an account, or an identity provider's user. The log knows both by these ids.
ALTER TABLE holdfast_accounts.sessions DROP CONSTRAINT sessions_account_id_fkey;
ALTER TABLE holdfast_accounts.sessions
    -- The provider that said who it is; null: it is an account's.
    ADD COLUMN issuer text COLLATE "C",
    -- An account's sessions still go with it.
    ADD COLUMN own_account text COLLATE "C"
        GENERATED ALWAYS AS (CASE WHEN account_id LIKE 'account:%' THEN account_id END) STORED
        REFERENCES holdfast_accounts.accounts ON DELETE CASCADE;

-- What goes with a deleted account is found without a look at everybody's sessions.
CREATE INDEX sessions_of_own_account ON holdfast_accounts.sessions (own_account) WHERE own_account IS NOT NULL;
