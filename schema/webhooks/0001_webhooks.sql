-- Where organisations want to be told what happens, and how far each has been. Ordinary tables in the log's database: an
-- endpoint's secret must not be in the log, and what was tried leaves again.

CREATE TABLE holdfast_webhooks.endpoints (
    webhook_id      text COLLATE "C" PRIMARY KEY CHECK (webhook_id ~ '^wh_[0-9a-f]{32}$'),
    -- Of whose shows it is told; `instance`: of all.
    organisation_id text COLLATE "C" NOT NULL,
    url             text NOT NULL,
    description     text NOT NULL,
    -- Types of event, with commas between them; empty: all.
    types           text COLLATE "C" NOT NULL,
    -- Sealed with a key of the nodes.
    secret          bytea NOT NULL,
    former_secret   bytea,
    former_until    timestamptz,
    -- Why nothing is sent; null: it is.
    disabled        text COLLATE "C" CHECK (disabled IN ('owner', 'gone')),
    -- Sequence tokens: up to where the log was looked at, and the event that was taken last.
    seen            text COLLATE "C" NOT NULL,
    delivered       text COLLATE "C" NOT NULL,
    -- Tries in a row that failed, and when the next one is due.
    failures        integer NOT NULL,
    next_try_at     timestamptz,
    delivered_at    timestamptz,
    created_at      timestamptz NOT NULL,
    -- SHA-256 of the request that made it: tells a repetition from another request with the same key.
    fingerprint     bytea NOT NULL,
    -- Raised by whatever its owner changes: progress on an earlier one does not count any more.
    revision        bigint NOT NULL
) WITH (fillfactor = 70);

CREATE INDEX endpoints_of_organisation ON holdfast_webhooks.endpoints (organisation_id, created_at, webhook_id);

-- The latest tries of each endpoint that came to something worth looking at.
CREATE TABLE holdfast_webhooks.attempts (
    webhook_id      text COLLATE "C" NOT NULL REFERENCES holdfast_webhooks.endpoints ON DELETE CASCADE,
    number          bigint GENERATED ALWAYS AS IDENTITY,
    message_id      text COLLATE "C" NOT NULL,
    -- HTTP's; null: there was no answer.
    status          integer,
    detail          text NOT NULL,
    milliseconds    integer NOT NULL,
    tried_at        timestamptz NOT NULL,
    PRIMARY KEY (webhook_id, number)
);

GRANT USAGE ON SCHEMA holdfast_webhooks TO holdfast_appender;
GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast_webhooks.endpoints, holdfast_webhooks.attempts TO holdfast_appender;
