-- The log's events as rows that change data capture reads: Debezium's outbox event router knows these columns by their names.
-- A node with --outbox on fills the table, and empties it of what is old; docs/outbox.md says how to read it.
--
-- A table and no view of the log: capturing reads what PostgreSQL writes ahead, where views leave nothing. It stands in the
-- log's database, so a failover that cuts off a tail of the log cuts off the same rows here.

CREATE TABLE holdfast_sinks.outbox (
    -- The event's sequence number.
    position      bigint PRIMARY KEY,
    -- The event's place, `1.4711`.
    id            text COLLATE "C" NOT NULL,
    -- What it is about: `shows`, `organisations` or `venues`, and which one.
    aggregatetype text COLLATE "C" NOT NULL,
    aggregateid   text COLLATE "C" NOT NULL,
    -- As the log names it: `SeatsSold`.
    type          text COLLATE "C" NOT NULL,
    -- The CloudEvent that the feed has.
    payload       json NOT NULL,
    told_at       timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, DELETE ON holdfast_sinks.outbox TO holdfast_appender;
