-- The log: events, the commands that caused them, the streams they belong to, and the head.
--
-- Run by tools/migrate as the role holdfast_owner, in one transaction. A file that was applied is never changed again:
-- what comes later is a further file.

-- One row: where the log ends. Its lock is what makes the order of sequence numbers the order of commits: whoever
-- appends holds it until after its commit is visible.
CREATE TABLE holdfast.log_head (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch          bigint NOT NULL CHECK (epoch >= 1),
    position       bigint NOT NULL CHECK (position >= 0),
    -- The hash of the event at `position`; 32 zero bytes before the first.
    hash           bytea NOT NULL CHECK (octet_length(hash) = 32),
    -- Never earlier than anything recorded.
    recorded_at    timestamptz NOT NULL,
    -- Partitions of `events` exist for all positions up to here, and are made this many positions at a time.
    partitioned_to bigint NOT NULL,
    partition_size bigint NOT NULL CHECK (partition_size >= 1)
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
-- (fillfactor: one row updated by every batch; room on its page keeps each update a heap-only one.)

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
    -- SHA-256 over the hash before it and this row: see holdfast.append.
    hash           bytea NOT NULL,
    payload        bytea NOT NULL,
    PRIMARY KEY (position)
) PARTITION BY RANGE (position);
-- (Columns stand from fixed to variable width, which packs and reads best.)

CREATE TABLE holdfast.commands (
    id          uuid PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    -- Of its last event; without events, of the stream's last event when it was decided (0: none).
    position    bigint NOT NULL,
    event_count integer NOT NULL CHECK (event_count >= 0),
    stream      text COLLATE "C" NOT NULL,
    principal   text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    outcome     bytea NOT NULL
);

CREATE TABLE holdfast.streams (
    stream        text COLLATE "C" PRIMARY KEY CHECK (octet_length(stream) BETWEEN 1 AND 64),
    -- How many events it has.
    version       bigint NOT NULL CHECK (version >= 1),
    last_position bigint NOT NULL
) WITH (fillfactor = 50);

-- Nobody changes what was recorded: not the application, not the owner, not a superuser in passing. ENABLE ALWAYS makes
-- the triggers fire under session_replication_role = replica too; only disabling one by name gets round it, and then
-- the hash chain tells.
CREATE FUNCTION holdfast.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: the log is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'LG002';
END $$;

CREATE FUNCTION holdfast.make_append_only(p_table regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
         FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse_change()', p_table);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', p_table);
END $$;

SELECT holdfast.make_append_only('holdfast.events'), holdfast.make_append_only('holdfast.commands');

-- Makes the partition for the positions after `p_after` up to `p_to`. The table is made apart and then attached: ATTACH
-- locks the parent only against other changes of its shape, so neither readers nor appenders wait.
CREATE FUNCTION holdfast.add_partition(p_after bigint, p_to bigint) RETURNS void
LANGUAGE plpgsql SET search_path = holdfast, pg_temp AS $$
DECLARE
    name text := format('events_from_%s', p_after + 1);
BEGIN
    EXECUTE format('CREATE TABLE holdfast.%I (LIKE holdfast.events INCLUDING ALL)', name);
    -- A stream's events by version. Unique as a second line of defence; a unique index over all partitions would have
    -- to contain the position and prove nothing.
    EXECUTE format('CREATE UNIQUE INDEX %I ON holdfast.%I (stream, stream_version)', name || '_stream', name);
    PERFORM holdfast.make_append_only(format('holdfast.%I', name)::regclass);
    EXECUTE format(
        'ALTER TABLE holdfast.events ATTACH PARTITION holdfast.%I FOR VALUES FROM (%s) TO (%s)',
        name, p_after + 1, p_to + 1);
END $$;

SELECT holdfast.add_partition(0, 10000000);

INSERT INTO holdfast.epochs (epoch, starts_after, began_at) VALUES (1, 0, clock_timestamp());
INSERT INTO holdfast.log_head (epoch, position, hash, recorded_at, partitioned_to, partition_size)
VALUES (1, 0, decode(repeat('00', 32), 'hex'), clock_timestamp(), 10000000, 10000000);
