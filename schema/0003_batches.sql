-- Format 2 of the log: one row for each append. Converts a log of format 1 in this one transaction, so a run that is
-- interrupted leaves the log as it was. Stop all nodes first. README.md describes both formats.

LOCK TABLE holdfast.log_head, holdfast.events, holdfast.commands, holdfast.streams IN ACCESS EXCLUSIVE MODE;

-- Their arguments change (README.md, "To change something").
DROP FUNCTION IF EXISTS holdfast.append(
    bigint, text[], bigint[], integer[], uuid[], text[], bytea[], bytea[], integer[], text[], smallint[], bytea[]);
DROP FUNCTION IF EXISTS holdfast.add_partition(bigint, bigint);
DELETE FROM holdfast.schema_migrations WHERE file IN ('functions/append.sql', 'functions/add_partition.sql');
\ir functions/add_partition.sql
\ir functions/merkle_root.sql
\ir functions/part_hash.sql
\ir functions/batch_bytes.sql

-- A batch: everything that one append wrote. The arrays with the prefix s_ have an element for each stream, those with
-- c_ for each command and those with e_ for each event. The commands of one stream stand together, in the order of the
-- streams; the events of one command stand together, in the order of the commands.
CREATE TABLE holdfast.batches (
    -- 1, 2, 3 … in the order of commits.
    number           bigint NOT NULL,
    -- The epoch that the batch was appended in.
    epoch            bigint NOT NULL,
    -- The batch's events have the positions after `after_position` up to `last_position`.
    after_position   bigint NOT NULL,
    last_position    bigint NOT NULL,
    recorded_at      timestamptz NOT NULL,
    -- SHA-256 over the hash of the batch before it and everything in this row.
    hash             bytea NOT NULL,
    s_name           text[] COLLATE "C" NOT NULL,
    -- The number of the stream's events before this batch, and the position of the last of them; 0 if there was none.
    s_version        bigint[] NOT NULL,
    s_last_position  bigint[] NOT NULL,
    -- The root of the Merkle tree over the stream's commands and events in this batch.
    s_root           bytea[] NOT NULL,
    -- Which of the streams, from 1.
    c_stream         integer[] NOT NULL,
    c_id             uuid[] NOT NULL,
    c_principal      text[] COLLATE "C" NOT NULL,
    c_fingerprint    bytea[] NOT NULL,
    c_outcome        bytea[] NOT NULL,
    -- How many events the command has.
    c_events         integer[] NOT NULL,
    e_type           text[] COLLATE "C" NOT NULL,
    e_schema_version smallint[] NOT NULL,
    e_payload        bytea[] NOT NULL,
    PRIMARY KEY (last_position, number)
) PARTITION BY RANGE (last_position);

-- Batches with events: reading a page of events skips the others.
CREATE UNIQUE INDEX batches_with_events ON holdfast.batches (last_position) WHERE last_position > after_position;

-- Random bytes are stored as they are; the rest compresses well within a batch, and LZ4, where the server has it, costs
-- next to nothing.
ALTER TABLE holdfast.batches
    ALTER s_root SET STORAGE EXTERNAL, ALTER c_id SET STORAGE EXTERNAL, ALTER c_fingerprint SET STORAGE EXTERNAL;
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT attname FROM pg_attribute
        WHERE attrelid = 'holdfast.batches'::regclass AND attnum > 0 AND attstorage = 'x'
    LOOP
        EXECUTE format('ALTER TABLE holdfast.batches ALTER %I SET COMPRESSION lz4', name);
    END LOOP;
EXCEPTION WHEN feature_not_supported THEN
    NULL; -- The server was built without it.
END $$;

-- Where to find a command: the key of its batch.
CREATE TABLE holdfast.command_index (
    id            uuid PRIMARY KEY,
    last_position bigint NOT NULL,
    number        bigint NOT NULL
);

-- Where to find a stream's events: a row for each batch that has some. They have `event_count` positions in succession.
CREATE TABLE holdfast.stream_batches (
    stream         text COLLATE "C" NOT NULL,
    first_version  bigint NOT NULL,
    first_position bigint NOT NULL,
    event_count    integer NOT NULL CHECK (event_count >= 1),
    PRIMARY KEY (stream, first_version)
);

-- What stands before the first batch: for a log that began in format 1, the last position and the last hash of that
-- format's chain, which the first batch's hash covers; otherwise 0 and 32 zero bytes.
CREATE TABLE holdfast.chain_start (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL,
    hash     bytea NOT NULL CHECK (octet_length(hash) = 32)
);

SELECT holdfast.make_append_only('holdfast.batches'), holdfast.make_append_only('holdfast.command_index'),
    holdfast.make_append_only('holdfast.stream_batches'), holdfast.make_append_only('holdfast.chain_start');

SELECT holdfast.add_partition(n, least(n + h.partition_size, h.partitioned_to), 'batches')
FROM holdfast.log_head AS h, generate_series(0, h.partitioned_to - 1, h.partition_size) AS n;

-- The number of the last batch; `hash` becomes that batch's.
ALTER TABLE holdfast.log_head ADD COLUMN batch bigint NOT NULL DEFAULT 0 CHECK (batch >= 0);

-- From here on: the conversion.

-- A plan that merkle_root made for one array would hold that array, and look through all of it for each element.
SET LOCAL plan_cache_mode = force_generic_plan;

-- Each state of the chain is SHA-256 over the state before it and the next bytes; the first bytes are the first state.
CREATE FUNCTION pg_temp.link(p_state bytea, p_bytes bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS
    'SELECT sha256(p_state || p_bytes)';
CREATE AGGREGATE pg_temp.chain(bytea) (SFUNC = pg_temp.link, STYPE = bytea);
CREATE FUNCTION pg_temp.prefixed(p_bytes bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS
    'SELECT int4send(octet_length(p_bytes)) || p_bytes';

-- What cannot be proved is not converted: that would make it look proved.
DO $$
DECLARE
    wrong bigint;
BEGIN
    SELECT min(position) INTO wrong FROM (
        SELECT position, hash <> pg_temp.chain(bytes) OVER w OR position <> row_number() OVER w - 1
            OR recorded_at < lag(recorded_at) OVER w AS is_wrong
        FROM (
            SELECT 0 AS position, '-infinity'::timestamptz AS recorded_at, decode(repeat('00', 32), 'hex') AS hash,
                decode(repeat('00', 32), 'hex') AS bytes
            UNION ALL
            SELECT position, recorded_at, hash,
                int8send(position) || pg_temp.prefixed(convert_to(stream, 'UTF8')) || int8send(stream_version)
                || pg_temp.prefixed(convert_to(type, 'UTF8')) || int2send(schema_version) || pg_temp.prefixed(payload)
                || uuid_send(command_id) || int8send((extract(epoch FROM recorded_at) * 1000000)::bigint)
            FROM holdfast.events
            UNION ALL
            -- The head has the position and the hash of the last event.
            SELECT position + 1, recorded_at, sha256(hash), '' FROM holdfast.log_head
        ) AS link
        WINDOW w AS (ORDER BY position)
    ) AS checked
    WHERE is_wrong;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the log is not whole at position %, so it is not converted', wrong
            USING HINT = 'The release before this one says more: replay log check';
    END IF;
    -- No hash covers the commands: each event must lie within its command, and have its stream and its time.
    IF (SELECT count(*) FROM holdfast.events) <> (
        SELECT count(*) FROM holdfast.events AS e JOIN holdfast.commands AS c
            ON c.id = e.command_id AND c.stream = e.stream AND c.recorded_at = e.recorded_at
            AND e.position > c.position - c.event_count AND e.position <= c.position)
    THEN
        RAISE EXCEPTION 'the events and the commands of the log do not agree, so it is not converted';
    END IF;
END $$;

INSERT INTO holdfast.chain_start (position, hash) SELECT position, hash FROM holdfast.log_head;

-- The commands with events, in order, and which of them begin a batch. Everything in a batch was recorded at one time.
-- Two appends may have had the same time: where their streams would not stand together, a further batch begins. So it
-- does after about every 1000 events of one time, of which a clock that was set back makes any number.
CREATE TEMPORARY TABLE accepted ON COMMIT DROP AS
WITH dated AS (
    SELECT c.*, c.position - c.event_count AS after_position,
        (SELECT max(epoch) FROM holdfast.epochs WHERE starts_after <= c.position - c.event_count) AS epoch
    FROM holdfast.commands AS c WHERE c.event_count > 0
), compared AS (
    SELECT *, (recorded_at, epoch) IS DISTINCT FROM (lag(recorded_at) OVER w, lag(epoch) OVER w) AS is_later,
        stream IS DISTINCT FROM lag(stream) OVER w AS is_other_stream,
        (after_position - min(after_position) OVER (PARTITION BY recorded_at, epoch)) / 1000 AS thousand
    FROM dated WINDOW w AS (ORDER BY position)
), begun AS (
    SELECT *, is_later OR thousand > lag(thousand) OVER (ORDER BY position)
        OR is_other_stream AND count(*) FILTER (WHERE is_later OR is_other_stream)
            OVER (PARTITION BY recorded_at, epoch, stream ORDER BY position) > 1 AS begins_batch
    FROM compared
)
SELECT *, count(*) FILTER (WHERE begins_batch) OVER (ORDER BY position) AS run FROM begun;

CREATE TEMPORARY TABLE runs ON COMMIT DROP AS
SELECT run, recorded_at, min(after_position) AS after_position, max(position) AS last_position
FROM accepted GROUP BY run, recorded_at;
CREATE INDEX ON runs (recorded_at, last_position);

-- All commands. One without events stands where its stream was when it was decided: in a batch of its time, after the
-- stream's event at `position`. Its time may have no events at all.
CREATE TEMPORARY TABLE placed ON COMMIT DROP AS
WITH every AS (
    SELECT id, recorded_at, position, event_count, stream, principal, fingerprint, outcome, run, after_position
    FROM accepted
    UNION ALL
    SELECT c.id, c.recorded_at, c.position, c.event_count, c.stream, c.principal, c.fingerprint, c.outcome,
        coalesce(
            -- Of the runs of its time, which follow each other, the one with `position`; the first if none has it.
            (SELECT CASE WHEN c.position > r.after_position THEN r.run END FROM runs AS r
                WHERE r.recorded_at = c.recorded_at AND r.last_position >= c.position
                ORDER BY r.last_position LIMIT 1),
            (SELECT r.run FROM runs AS r WHERE r.recorded_at = c.recorded_at ORDER BY r.last_position LIMIT 1),
            -- Before the first run, a thousand together.
            (1 - row_number() OVER (PARTITION BY c.recorded_at ORDER BY c.stream DESC, c.id DESC)) / 1000),
        NULL
    FROM holdfast.commands AS c WHERE c.event_count = 0
), numbered AS (
    SELECT *, dense_rank() OVER (ORDER BY recorded_at, run) AS number,
        min(after_position) OVER (PARTITION BY recorded_at, run, stream) AS first_in_stream
    FROM every
), in_streams AS (
    SELECT *, dense_rank() OVER (PARTITION BY number ORDER BY first_in_stream, stream) AS stream_index FROM numbered
)
SELECT *, row_number() OVER (PARTITION BY number ORDER BY stream_index, position, event_count = 0, id) AS command_index
FROM in_streams;
CREATE INDEX ON placed (id);

-- The batches.
CREATE TEMPORARY TABLE numbered ON COMMIT DROP AS
WITH every AS (
    SELECT number, run, min(recorded_at) AS recorded_at FROM placed GROUP BY number, run
), positioned AS (
    SELECT e.*, r.after_position, coalesce(max(r.last_position) OVER (ORDER BY number), 0) AS last_position
    FROM every AS e LEFT JOIN runs AS r USING (run)
)
SELECT number, recorded_at, coalesce(after_position, last_position) AS after_position, last_position,
    (SELECT max(epoch) FROM holdfast.epochs WHERE starts_after <= coalesce(after_position, last_position)) AS epoch
FROM positioned;

-- The events, and how many the stream has in the batch up to each.
CREATE TEMPORARY TABLE placed_events ON COMMIT DROP AS
SELECT p.number, p.stream_index, p.command_index, e.position, e.type, e.schema_version, e.payload,
    sha256('\x0065'::bytea || uuid_send(e.command_id) || int4send((e.position - p.first_in_stream)::integer)
        || pg_temp.prefixed(convert_to(e.type, 'UTF8')) || int2send(e.schema_version) || pg_temp.prefixed(e.payload))
        AS leaf
FROM holdfast.events AS e
JOIN placed AS p ON p.id = e.command_id AND p.stream = e.stream
    AND e.position > p.position - p.event_count AND e.position <= p.position;

-- Each stream's part of each batch.
CREATE TEMPORARY TABLE parts ON COMMIT DROP AS
WITH counted_commands AS (
    SELECT *, sum(event_count) OVER (PARTITION BY number, stream_index ORDER BY command_index) - event_count
        AS events_before
    FROM placed
), leaves AS (
    SELECT number, stream_index, command_index, 0 AS position,
        sha256('\x0063'::bytea || uuid_send(id) || pg_temp.prefixed(convert_to(principal, 'UTF8'))
            || pg_temp.prefixed(fingerprint) || pg_temp.prefixed(outcome) || int4send(events_before::integer)
            || int4send(event_count)) AS leaf
    FROM counted_commands
    UNION ALL
    SELECT number, stream_index, command_index, position, leaf FROM placed_events
), roots AS (
    SELECT number, stream_index, holdfast.merkle_root(array_agg(leaf ORDER BY command_index, position)) AS root
    FROM leaves GROUP BY number, stream_index
), counted AS (
    SELECT number, stream_index, min(stream) AS stream, count(*) AS commands, sum(event_count) AS events,
        min(after_position) + 1 AS first_event,
        -- Of commands without events, where the stream was at the first of them.
        min(CASE WHEN event_count = 0 THEN position END) AS rejected_at
    FROM placed GROUP BY number, stream_index
)
SELECT c.number, c.stream_index, c.stream, c.commands, c.events, r.root,
    (n.after_position + 1 + sum(c.events) OVER (PARTITION BY c.number ORDER BY c.stream_index) - c.events)::bigint
        AS first_position,
    coalesce(before.stream_version, 0) AS version, coalesce(before.position, 0) AS last_position
FROM counted AS c JOIN roots AS r USING (number, stream_index) JOIN numbered AS n USING (number)
LEFT JOIN LATERAL (
    SELECT e.stream_version, e.position FROM holdfast.events AS e
    WHERE e.stream = c.stream AND e.stream_version = CASE
        WHEN c.events > 0 THEN (SELECT f.stream_version - 1 FROM holdfast.events AS f WHERE f.position = c.first_event)
        ELSE (SELECT f.stream_version FROM holdfast.events AS f WHERE f.position = c.rejected_at) END
) AS before ON true;

WITH commands AS (
    SELECT number, array_agg(stream_index::integer ORDER BY command_index) AS c_stream,
        array_agg(id ORDER BY command_index) AS c_id, array_agg(principal ORDER BY command_index) AS c_principal,
        array_agg(fingerprint ORDER BY command_index) AS c_fingerprint,
        array_agg(outcome ORDER BY command_index) AS c_outcome,
        array_agg(event_count ORDER BY command_index) AS c_events
    FROM placed GROUP BY number
), events AS (
    SELECT number, array_agg(type ORDER BY position) AS e_type,
        array_agg(schema_version ORDER BY position) AS e_schema_version,
        array_agg(payload ORDER BY position) AS e_payload
    FROM placed_events GROUP BY number
), streams AS (
    SELECT number, array_agg(stream ORDER BY stream_index) AS s_name,
        array_agg(version ORDER BY stream_index) AS s_version,
        array_agg(last_position ORDER BY stream_index) AS s_last_position,
        array_agg(root ORDER BY stream_index) AS s_root,
        holdfast.merkle_root(array_agg(
            holdfast.part_hash(stream, version, last_position, first_position, commands, events, root)
            ORDER BY stream_index)) AS root
    FROM parts GROUP BY number
), chained AS (
    SELECT 0 AS number, hash AS bytes FROM holdfast.chain_start
    UNION ALL
    SELECT number,
        holdfast.batch_bytes(number, epoch, after_position, last_position, recorded_at, cardinality(s_name), root)
    FROM numbered JOIN streams USING (number)
), hashes AS (
    SELECT number, pg_temp.chain(bytes) OVER (ORDER BY number) AS hash FROM chained
)
INSERT INTO holdfast.batches (
    number, epoch, after_position, last_position, recorded_at, hash, s_name, s_version, s_last_position, s_root,
    c_stream, c_id, c_principal, c_fingerprint, c_outcome, c_events, e_type, e_schema_version, e_payload)
SELECT number, epoch, after_position, last_position, recorded_at, hash, s_name, s_version, s_last_position, s_root,
    c_stream, c_id, c_principal, c_fingerprint, c_outcome, c_events,
    coalesce(e_type, '{}'), coalesce(e_schema_version, '{}'), coalesce(e_payload, '{}')
FROM numbered JOIN hashes USING (number) JOIN streams USING (number) JOIN commands USING (number)
LEFT JOIN events USING (number);

INSERT INTO holdfast.command_index (id, last_position, number)
SELECT p.id, n.last_position, number FROM placed AS p JOIN numbered AS n USING (number);

INSERT INTO holdfast.stream_batches (stream, first_version, first_position, event_count)
SELECT stream, version + 1, first_position, events FROM parts WHERE events > 0;

DO $$
BEGIN
    IF (SELECT count(*) FROM holdfast.events) <> (SELECT coalesce(sum(cardinality(e_type)), 0) FROM holdfast.batches)
        OR (SELECT count(*) FROM holdfast.events) <> (SELECT coalesce(sum(event_count), 0) FROM holdfast.commands)
    THEN
        RAISE EXCEPTION 'the events and the commands of the log do not agree, so it is not converted';
    END IF;
END $$;

UPDATE holdfast.log_head AS h
SET batch = b.number, hash = b.hash
FROM (SELECT number, hash FROM holdfast.batches ORDER BY number DESC LIMIT 1) AS b;

-- The rows of format 1 go, and views take their names.
DROP TABLE holdfast.events, holdfast.commands;
DROP FUNCTION pg_temp.prefixed, pg_temp.link CASCADE;

CREATE VIEW holdfast.commands AS
SELECT c.id, b.recorded_at,
    CASE WHEN c.events_of_stream > 0 THEN b.after_position + c.events_so_far ELSE b.s_last_position[c.stream] END
        AS position,
    c.events AS event_count, b.s_name[c.stream] AS stream, c.principal, c.fingerprint, c.outcome,
    b.last_position AS batch_last_position, b.number AS batch
FROM holdfast.batches AS b
CROSS JOIN LATERAL (
    SELECT n.*, sum(n.events) OVER (ORDER BY n.i) AS events_so_far,
        sum(n.events) OVER (PARTITION BY n.stream ORDER BY n.i) AS events_of_stream
    FROM unnest(b.c_stream, b.c_id, b.c_principal, b.c_fingerprint, b.c_outcome, b.c_events) WITH ORDINALITY
        AS n (stream, id, principal, fingerprint, outcome, events, i)
) AS c;

CREATE VIEW holdfast.events AS
SELECT b.after_position + e.i AS position, b.s_version[c.stream] + c.i_in_stream AS stream_version, b.recorded_at,
    c.id AS command_id, e.schema_version, b.s_name[c.stream] AS stream, e.type, e.payload,
    b.last_position AS batch_last_position, b.number AS batch
FROM holdfast.batches AS b
CROSS JOIN LATERAL (
    SELECT n.stream, n.id, row_number() OVER (ORDER BY n.i, k) AS i,
        row_number() OVER (PARTITION BY n.stream ORDER BY n.i, k) AS i_in_stream
    FROM unnest(b.c_stream, b.c_id, b.c_events) WITH ORDINALITY AS n (stream, id, events, i),
        generate_series(1, n.events) AS k
) AS c
JOIN LATERAL unnest(b.e_type, b.e_schema_version, b.e_payload) WITH ORDINALITY AS e (type, schema_version, payload, i)
    ON e.i = c.i;

COMMENT ON VIEW holdfast.events IS
    'Each event, for people. Without a condition on batch_last_position, a query reads the whole log.';
COMMENT ON VIEW holdfast.commands IS
    'Each command, for people. Without a condition on batch_last_position, a query reads the whole log.';

GRANT SELECT ON ALL TABLES IN SCHEMA holdfast TO holdfast_app;
