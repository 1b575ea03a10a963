-- Second factors: one-time passwords of an app, for accounts that are to need more than a password.

CREATE TABLE holdfast_accounts.second_factors (
    account_id     text COLLATE "C" PRIMARY KEY REFERENCES holdfast_accounts.accounts ON DELETE CASCADE,
    -- What the app and the service have in common, sealed with a key that the nodes have.
    secret         bytea NOT NULL,
    -- Before its owner has shown that the app has it, it counts for nothing.
    is_confirmed   boolean NOT NULL DEFAULT false,
    -- The time step, of thirty seconds, whose password was used last: each is good once.
    last_step      bigint NOT NULL DEFAULT 0,
    -- SHA-256 of the codes for who has lost the app; each is good once.
    recovery_codes bytea[] NOT NULL DEFAULT '{}',
    -- Wrong passwords since the last right one, and when the last of them came.
    failures       integer NOT NULL DEFAULT 0,
    failed_at      timestamptz
);

GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast_accounts.second_factors TO holdfast_app;
