-- How far each sink is that puts the log's events outside: into a message broker, into mail. Ordinary tables in the log's
-- database, so that a restored log comes with the checkpoints of its time.

CREATE TABLE holdfast_sinks.checkpoints (
    sink       text COLLATE "C" PRIMARY KEY,
    epoch      bigint NOT NULL CHECK (epoch > 0),
    position   bigint NOT NULL CHECK (position >= 0),
    moved_at   timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

GRANT USAGE ON SCHEMA holdfast_sinks TO holdfast_appender;
GRANT SELECT, INSERT, UPDATE ON holdfast_sinks.checkpoints TO holdfast_appender;

-- What `holdfast doctor` looks at.
GRANT USAGE ON SCHEMA holdfast_sinks TO holdfast_reader;
GRANT SELECT ON holdfast_sinks.checkpoints TO holdfast_reader;
