-- Accounts, their sessions, and the codes that were mailed to them, for an instance without an identity provider.
--
-- Ordinary tables, which rows leave: nothing of this is in the log, which knows an account by its opaque id alone.

CREATE TABLE holdfast_accounts.accounts (
    -- `account:` and 128 random bits: the user id of the account's commands.
    account_id  text COLLATE "C" PRIMARY KEY CHECK (account_id ~ '^account:[0-9a-f]{32}$'),
    -- In normal form.
    email       text COLLATE "C" NOT NULL UNIQUE,
    -- As its owner wrote it.
    mailbox     text NOT NULL,
    -- A PHC string.
    password    text COLLATE "C" NOT NULL,
    created_at  timestamptz NOT NULL
);

CREATE TABLE holdfast_accounts.sessions (
    -- SHA-256 of the session's secret, which only its owner's browser has.
    hash        bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    account_id  text COLLATE "C" NOT NULL REFERENCES holdfast_accounts.accounts ON DELETE CASCADE,
    created_at  timestamptz NOT NULL,
    -- The last request that a node has noted, about a minute before the last there was.
    seen_at     timestamptz NOT NULL,
    -- What the browser calls itself; empty: it did not say.
    user_agent  text NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX sessions_of_account ON holdfast_accounts.sessions (account_id, seen_at);
CREATE INDEX sessions_by_age ON holdfast_accounts.sessions (created_at);

-- What was mailed in answer to whoever named an address, whether or not an account has it.
CREATE TABLE holdfast_accounts.mailings (
    -- SHA-256 of the mail's code. A notice has a code that nobody was sent.
    hash        bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    kind        text COLLATE "C" NOT NULL CHECK (kind IN ('verification', 'reset', 'notice')),
    -- In normal form.
    email       text COLLATE "C" NOT NULL,
    -- Of a verification: the account to be. No account exists before the mail's reader has confirmed the address.
    mailbox     text,
    password    text COLLATE "C",
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    CHECK ((kind = 'verification') = (mailbox IS NOT NULL AND password IS NOT NULL))
);

CREATE INDEX mailings_of_address ON holdfast_accounts.mailings (email, created_at);
CREATE INDEX mailings_by_end ON holdfast_accounts.mailings (expires_at);

-- One row: the number of the last revocation. Whoever revokes holds the row's lock until the commit is visible, so the
-- order of numbers is the order of commits, and a node that has seen a number has seen all before it.
CREATE TABLE holdfast_accounts.revocation_head (
    only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    number      bigint NOT NULL
) WITH (fillfactor = 10);

INSERT INTO holdfast_accounts.revocation_head (number) VALUES (0);

-- Sessions that were ended before their time, for the nodes that remember them.
CREATE TABLE holdfast_accounts.revocations (
    number      bigint PRIMARY KEY,
    hash        bytea NOT NULL,
    revoked_at  timestamptz NOT NULL
);

GRANT USAGE ON SCHEMA holdfast_accounts TO holdfast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA holdfast_accounts TO holdfast_app;
REVOKE INSERT, DELETE ON holdfast_accounts.revocation_head FROM holdfast_app;
