-- The requests that have changed an endpoint, so that a repetition changes nothing. The oldest leave again.

CREATE TABLE holdfast_webhooks.changes (
    command_id      bytea PRIMARY KEY,
    webhook_id      text COLLATE "C" NOT NULL REFERENCES holdfast_webhooks.endpoints ON DELETE CASCADE,
    number          bigint GENERATED ALWAYS AS IDENTITY,
    -- SHA-256 of the request: tells a repetition from another request with the same key.
    fingerprint     bytea NOT NULL
);

CREATE INDEX changes_of_webhook ON holdfast_webhooks.changes (webhook_id, number);

GRANT SELECT, INSERT, DELETE ON holdfast_webhooks.changes TO holdfast_appender;
