-- Appends one batch of commands and their events to the log, and says for each stream what came of it.
--
-- The arrays are flat: streams (s_), the streams' commands (c_), the commands' events (e_), each in the batch's order.
-- The commands of one stream stand together, and so do the events of one command. `s_root` has, for each stream, the
-- root of the Merkle tree over its commands and events; the caller computes it, schema/README.md specifies it. The
-- function chains what it writes: the batch's hash covers the roots and the hash of the batch before it.
--
-- The usual batch, in which every stream is as expected and every command is new, is written as it was sent. Otherwise
-- the streams that must not be written are taken out first; the roots of the others stay good.
--
-- The function returns one row per stream, whose `kind` is
--   0  appended: the stream's events have the positions from `first_position` on; `last_position` is its last event
--   1  conflict: nothing was written for this stream, which is at `actual_version`
--   2  duplicate: nothing was written for this stream, because some of its commands were recorded before
-- and one row of kind 3 for each command that was recorded before, with the columns from `command_id` on. A stream that was
-- appended to has in `previous_position` the position of its last event before. The first stream's row has the number and
-- the hash of the new batch, and the hash of the batch before, if anything was appended: with them the writer tells others
-- what the log will say of the batch.
--
-- Errors (schema/README.md lists the SQLSTATEs): LG001 if `p_epoch` is over, with the current epoch as DETAIL; LG003 if
-- the batch is malformed; LG004 if the session's isolation level or synchronous_commit would break a promise.
CREATE OR REPLACE FUNCTION holdfast.append(
    p_epoch bigint,
    s_name text[], s_expected bigint[], s_root bytea[],
    c_stream integer[], c_id uuid[], c_principal text[], c_fingerprint bytea[], c_outcome bytea[], c_events integer[],
    e_type text[], e_schema_version smallint[], e_payload bytea[]
) RETURNS TABLE (
    kind smallint, stream_index integer, first_position bigint, last_position bigint, actual_version bigint,
    head bigint, batch_recorded_at timestamptz,
    command_id uuid, command_principal text, command_fingerprint bytea, command_stream text, command_outcome bytea,
    command_position bigint, command_event_count integer, command_recorded_at timestamptz,
    previous_position bigint, batch_number bigint, batch_hash bytea, previous_hash bytea
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = holdfast, pg_temp
-- Plans are made once, often while the tables are empty, and must stay good at any size: by index, always. (The price
-- that the planner puts on a forbidden scan would make it compile the plan, 40 ms a call.)
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    -- What one call may carry; the callers' batches are far smaller.
    batch_max CONSTANT integer := 65536;
    stream_count   CONSTANT integer := cardinality(s_name);
    command_count  CONSTANT integer := cardinality(c_id);
    event_count    CONSTANT integer := cardinality(e_type);
    old_head       log_head%ROWTYPE;
    new_head       log_head%ROWTYPE;
    s_kind         smallint[];
    s_version      bigint[];
    s_last         bigint[];
    -- The streams that are written, by their place in the call, and how many events each has here.
    kept           integer[];
    s_events       bigint[];
    s_first        bigint[];
    s_hash         bytea[];
    k              integer;
BEGIN
    -- Arrays of the length that they must have, with one dimension that begins at 1; then what is in them. What is NULL
    -- somewhere is not true.
    IF (CASE
        WHEN stream_count BETWEEN 1 AND batch_max AND command_count BETWEEN 1 AND batch_max
            AND event_count <= batch_max
            AND format('[1:%s]', stream_count)
                = ALL (ARRAY[array_dims(s_name), array_dims(s_expected), array_dims(s_root)])
            AND format('[1:%s]', command_count)
                = ALL (ARRAY[array_dims(c_stream), array_dims(c_id), array_dims(c_principal),
                    array_dims(c_fingerprint), array_dims(c_outcome), array_dims(c_events)])
            AND CASE event_count
                WHEN 0 THEN cardinality(e_schema_version) = 0 AND cardinality(e_payload) = 0
                ELSE format('[1:%s]', event_count)
                    = ALL (ARRAY[array_dims(e_type), array_dims(e_schema_version), array_dims(e_payload)]) END
        THEN array_position(s_expected, NULL) IS NULL AND array_position(c_id, NULL) IS NULL
            AND array_position(c_principal, NULL) IS NULL AND array_position(c_outcome, NULL) IS NULL
            AND array_position(e_type, NULL) IS NULL AND array_position(e_schema_version, NULL) IS NULL
            AND array_position(e_payload, NULL) IS NULL
            AND (SELECT count(DISTINCT n.name) = stream_count AND bool_and(octet_length(n.root) IS NOT DISTINCT FROM 32)
                FROM unnest(s_name, s_root) AS n (name, root))
            AND (SELECT sum(n.events) = event_count AND min(n.events) >= 0 AND count(n.events) = command_count
                    AND bool_and(octet_length(n.fingerprint) IS NOT DISTINCT FROM 32)
                    -- From the first stream to the last, without a step back or over one.
                    AND bool_and(
                        (n.stream - coalesce(c_stream[n.i - 1], 0) BETWEEN (n.i = 1)::integer AND 1) IS TRUE)
                FROM unnest(c_stream, c_events, c_fingerprint) WITH ORDINALITY AS n (stream, events, fingerprint, i))
            AND c_stream[command_count] = stream_count
            -- Each command once.
            AND (command_count = 1 OR (SELECT count(DISTINCT n.id) = command_count FROM unnest(c_id) AS n (id)))
        END) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'the batch is malformed or larger than %', batch_max USING ERRCODE = 'LG003';
    END IF;
    s_kind := array_fill(0::smallint, ARRAY[stream_count]);
    -- Under a longer-lived snapshot the look-ups below would not see what was committed while this call waited for the
    -- lock; without a synchronous commit an acknowledgement would promise what a crash takes back.
    IF current_setting('transaction_isolation') <> 'read committed'
        OR current_setting('synchronous_commit') IN ('off', 'local')
    THEN
        RAISE EXCEPTION 'append needs read committed isolation and a synchronous commit' USING ERRCODE = 'LG004';
    END IF;

    -- (a) One appender at a time, until after its commit.
    SELECT * INTO old_head FROM log_head AS h WHERE h.epoch = p_epoch FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'epoch % is over', p_epoch
            USING ERRCODE = 'LG001', DETAIL = (SELECT h.epoch::text FROM log_head AS h);
    END IF;
    new_head := old_head;
    new_head.recorded_at := greatest(clock_timestamp(), old_head.recorded_at);

    -- (b) In statements of their own, whose snapshots are younger than the lock: what is there already?
    SELECT array_agg(coalesce(t.version, 0) ORDER BY n.i), array_agg(coalesce(t.last_position, 0) ORDER BY n.i)
    INTO s_version, s_last
    FROM unnest(s_name) WITH ORDINALITY AS n (name, i) LEFT JOIN streams AS t ON t.stream = n.name;
    IF s_version <> s_expected OR EXISTS (SELECT FROM command_index AS k WHERE k.id = ANY (c_id)) THEN
        SELECT array_agg(CASE WHEN n.version = n.expected THEN 0 ELSE 1 END::smallint ORDER BY n.i) INTO s_kind
        FROM unnest(s_version, s_expected) WITH ORDINALITY AS n (version, expected, i);
        FOR kind, stream_index, command_id, command_principal, command_fingerprint, command_stream, command_outcome,
            command_position, command_event_count, command_recorded_at
        IN
            SELECT 3, c_stream[array_position(c_id, k.id)], k.id, k.principal, k.fingerprint, k.stream, k.outcome,
                k.position, k.event_count, k.recorded_at
            FROM recorded_commands(c_id) AS k ORDER BY array_position(c_id, k.id)
        LOOP
            s_kind[stream_index] := 2;
            RETURN NEXT;
        END LOOP;

        -- Take out the streams that must not be written.
        SELECT coalesce(array_agg(n.i::integer ORDER BY n.i), '{}') INTO kept
        FROM unnest(s_kind) WITH ORDINALITY AS n (kind, i) WHERE n.kind = 0;
        SELECT coalesce(array_agg(n.type ORDER BY n.i), '{}'), coalesce(array_agg(n.schema_version ORDER BY n.i), '{}'),
            coalesce(array_agg(n.payload ORDER BY n.i), '{}')
        INTO e_type, e_schema_version, e_payload
        FROM (
            SELECT c.stream, row_number() OVER (ORDER BY c.i, k) AS i
            FROM unnest(c_stream, c_events) WITH ORDINALITY AS c (stream, events, i), generate_series(1, c.events) AS k
        ) AS o
        JOIN unnest(e_type, e_schema_version, e_payload) WITH ORDINALITY AS n (type, schema_version, payload, i)
            USING (i)
        WHERE s_kind[o.stream] = 0;
        SELECT array_agg(array_position(kept, n.stream) ORDER BY n.i), array_agg(n.id ORDER BY n.i),
            array_agg(n.principal ORDER BY n.i), array_agg(n.fingerprint ORDER BY n.i),
            array_agg(n.outcome ORDER BY n.i), array_agg(n.events ORDER BY n.i)
        INTO c_stream, c_id, c_principal, c_fingerprint, c_outcome, c_events
        FROM unnest(c_stream, c_id, c_principal, c_fingerprint, c_outcome, c_events) WITH ORDINALITY
            AS n (stream, id, principal, fingerprint, outcome, events, i)
        WHERE s_kind[n.stream] = 0;
        s_name := ARRAY(SELECT s_name[n.i] FROM unnest(kept) WITH ORDINALITY AS n (i, k) ORDER BY n.k);
        s_root := ARRAY(SELECT s_root[n.i] FROM unnest(kept) WITH ORDINALITY AS n (i, k) ORDER BY n.k);
        s_expected := s_version;
        s_version := ARRAY(SELECT s_version[n.i] FROM unnest(kept) WITH ORDINALITY AS n (i, k) ORDER BY n.k);
        s_last := ARRAY(SELECT s_last[n.i] FROM unnest(kept) WITH ORDINALITY AS n (i, k) ORDER BY n.k);
    END IF;

    -- (c) Write what is left.
    IF cardinality(s_name) > 0 THEN
        IF cardinality(s_name) = 1 THEN
            -- What most batches are: no need for a query.
            s_events := ARRAY[cardinality(e_type)];
            s_first := ARRAY[old_head.position + 1];
            s_hash := ARRAY[
                part_hash(s_name[1], s_version[1], s_last[1], s_first[1], cardinality(c_id), s_events[1], s_root[1])];
        ELSE
            SELECT array_agg(n.events ORDER BY n.stream), array_agg(n.first ORDER BY n.stream),
                array_agg(
                    part_hash(
                        s_name[n.stream], s_version[n.stream], s_last[n.stream], n.first, n.commands, n.events,
                        s_root[n.stream]) ORDER BY n.stream)
            INTO s_events, s_first, s_hash
            FROM (
                SELECT c.stream, count(*) AS commands, sum(c.events) AS events,
                    (old_head.position + sum(sum(c.events)) OVER (ORDER BY c.stream) - sum(c.events) + 1)::bigint
                        AS first
                FROM unnest(c_stream, c_events) AS c (stream, events) GROUP BY c.stream
            ) AS n;
        END IF;
        new_head.batch := old_head.batch + 1;
        new_head.position := old_head.position + cardinality(e_type);
        new_head.hash := sha256(
            old_head.hash || batch_bytes(
                new_head.batch, p_epoch, old_head.position, new_head.position, new_head.recorded_at,
                cardinality(s_name), merkle_root(s_hash)));

        -- Partitions are made well ahead, so that a lock held on the table's shape (an ANALYZE, say) only postpones it.
        WHILE new_head.position + 1000000 > new_head.partitioned_to LOOP
            BEGIN
                SET LOCAL lock_timeout = '20ms';
                PERFORM add_partition(
                    new_head.partitioned_to, new_head.partitioned_to + new_head.partition_size, 'batches');
            EXCEPTION WHEN lock_not_available THEN
                IF new_head.position >= new_head.partitioned_to THEN RAISE; END IF;
                EXIT;
            END;
            new_head.partitioned_to := new_head.partitioned_to + new_head.partition_size;
        END LOOP;

        INSERT INTO batches (
            number, epoch, after_position, last_position, recorded_at, hash, s_name, s_version, s_last_position, s_root,
            c_stream, c_id, c_principal, c_fingerprint, c_outcome, c_events, e_type, e_schema_version, e_payload)
        VALUES (
            new_head.batch, p_epoch, old_head.position, new_head.position, new_head.recorded_at, new_head.hash, s_name,
            s_version, s_last, s_root, c_stream, c_id, c_principal, c_fingerprint, c_outcome, c_events, e_type,
            e_schema_version, e_payload);
        INSERT INTO command_index (id, last_position, number)
        SELECT n.id, new_head.position, new_head.batch FROM unnest(c_id) AS n (id);

        IF new_head.position > old_head.position THEN
            INSERT INTO stream_batches (stream, first_version, first_position, event_count)
            SELECT n.name, n.version + 1, n.first, n.events
            FROM unnest(s_name, s_version, s_first, s_events) AS n (name, version, first, events) WHERE n.events > 0;

            IF 0 < ANY (s_version) THEN
                UPDATE streams AS t SET version = n.version + n.events, last_position = n.first + n.events - 1
                FROM unnest(s_name, s_version, s_first, s_events) AS n (name, version, first, events)
                WHERE t.stream = n.name AND n.version > 0 AND n.events > 0;
            END IF;
            IF 0 = ANY (s_version) THEN
                INSERT INTO streams (stream, version, last_position)
                SELECT n.name, n.events, n.first + n.events - 1
                FROM unnest(s_name, s_version, s_first, s_events) AS n (name, version, first, events)
                WHERE n.version = 0 AND n.events > 0;
            END IF;
        END IF;
    END IF;

    -- Always, also when nothing was appended: a reported conflict or duplicate rests on what others committed, so this
    -- commit too must wait until it is as durable as theirs.
    UPDATE log_head AS h
    SET position = new_head.position, hash = new_head.hash, batch = new_head.batch, recorded_at = new_head.recorded_at,
        partitioned_to = new_head.partitioned_to;

    head := new_head.position;
    batch_recorded_at := new_head.recorded_at;
    command_id := NULL;
    command_principal := NULL;
    command_fingerprint := NULL;
    command_stream := NULL;
    command_outcome := NULL;
    command_position := NULL;
    command_event_count := NULL;
    command_recorded_at := NULL;
    -- How the batch is chained; on the first row only, and only if something was appended.
    IF new_head.batch > old_head.batch THEN
        batch_number := new_head.batch;
        batch_hash := new_head.hash;
        previous_hash := old_head.hash;
    END IF;
    FOR s IN 1 .. stream_count LOOP
        -- Its place among the streams that were written; NULL if it is none of them.
        k := CASE WHEN kept IS NULL THEN s ELSE array_position(kept, s) END;
        kind := s_kind[s];
        stream_index := s;
        first_position := s_first[k];
        last_position := CASE WHEN s_events[k] > 0 THEN s_first[k] + s_events[k] - 1 ELSE s_last[k] END;
        actual_version := s_expected[s];
        previous_position := s_last[k];
        RETURN NEXT;
        batch_number := NULL;
        batch_hash := NULL;
        previous_hash := NULL;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION holdfast.append FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast.append TO holdfast_appender;
