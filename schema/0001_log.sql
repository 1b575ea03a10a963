-- The log: events, the commands that caused them, the streams they belong to, and the head.
--
-- tools/migrate runs this file once, as the role holdfast_owner, in one transaction. A numbered file that was applied
-- never changes again: what comes later is a further file. Functions have files of their own, in functions/.

-- One row, which says where the log ends. An appender holds the row's lock until its commit is visible: that makes the
-- order of positions the order of commits.
CREATE TABLE holdfast.log_head (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch          bigint NOT NULL CHECK (epoch >= 1),
    position       bigint NOT NULL CHECK (position >= 0),
    -- The hash of the event at `position`; 32 zero bytes before the first.
    hash           bytea NOT NULL CHECK (octet_length(hash) = 32),
    -- The time of the last append; never earlier than anything recorded.
    recorded_at    timestamptz NOT NULL,
    -- Partitions of `events` exist for all positions up to here, and are made this many positions at a time.
    partitioned_to bigint NOT NULL,
    partition_size bigint NOT NULL CHECK (partition_size >= 1)
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
-- (fillfactor: every batch updates the row, and room on its page keeps each update a heap-only one.)

CREATE TABLE holdfast.epochs (
    epoch        bigint PRIMARY KEY CHECK (epoch >= 1),
    -- The last position of the log when the epoch began; its own events come after it.
    starts_after bigint NOT NULL CHECK (starts_after >= 0),
    began_at     timestamptz NOT NULL
);

CREATE TABLE holdfast.events (
    position       bigint NOT NULL,
    stream_version bigint NOT NULL,
    recorded_at    timestamptz NOT NULL,
    command_id     uuid NOT NULL,
    schema_version smallint NOT NULL,
    stream         text COLLATE "C" NOT NULL,
    type           text COLLATE "C" NOT NULL,
    -- SHA-256 over the hash before it and this row: schema/README.md has the encoding.
    hash           bytea NOT NULL,
    payload        bytea NOT NULL,
    PRIMARY KEY (position)
) PARTITION BY RANGE (position);
-- (Columns stand from fixed to variable width, which packs and reads best.)

CREATE TABLE holdfast.commands (
    id          uuid PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    -- The position of the command's last event. For a command without events, the position that the stream's last event
    -- had when the command was decided; 0 if the stream had none.
    position    bigint NOT NULL,
    event_count integer NOT NULL CHECK (event_count >= 0),
    stream      text COLLATE "C" NOT NULL,
    principal   text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    outcome     bytea NOT NULL
);

CREATE TABLE holdfast.streams (
    stream        text COLLATE "C" PRIMARY KEY CHECK (octet_length(stream) BETWEEN 1 AND 64),
    -- The number of the stream's events.
    version       bigint NOT NULL CHECK (version >= 1),
    last_position bigint NOT NULL
) WITH (fillfactor = 50);

-- The functions that the statements below call. A new database gets them here, as they are now; tools/migrate applies
-- them again whenever their files change.
\ir functions/refuse_change.sql
\ir functions/make_append_only.sql
\ir functions/add_partition.sql

-- Nobody changes what was recorded: functions/make_append_only.sql says how far that goes.
SELECT holdfast.make_append_only('holdfast.events'), holdfast.make_append_only('holdfast.commands');

SELECT holdfast.add_partition(0, 10000000);

INSERT INTO holdfast.epochs (epoch, starts_after, began_at) VALUES (1, 0, clock_timestamp());
INSERT INTO holdfast.log_head (epoch, position, hash, recorded_at, partitioned_to, partition_size)
VALUES (1, 0, decode(repeat('00', 32), 'hex'), clock_timestamp(), 10000000, 10000000);

-- The application reads these tables and writes them only through functions, whose files say who may call them.
GRANT USAGE ON SCHEMA holdfast TO holdfast_app;
GRANT SELECT ON ALL TABLES IN SCHEMA holdfast TO holdfast_app;
