-- Appends one batch of commands and their events to the log, and says for each stream what came of it.
--
-- The arrays are flat: streams (s_), the streams' commands (c_), the commands' events (e_), each in the batch's order.
-- The commands of one stream stand together, and so do the events of one command.
--
-- The function returns one row per stream, whose `kind` is
--   0  appended: the stream's events have the positions from `first_position` on; `last_position` is its last event
--   1  conflict: nothing was written for this stream, which is at `actual_version`
--   2  duplicate: nothing was written for this stream, because some of its commands were recorded before
-- and one row of kind 3 for each command that was recorded before, with the columns from `command_id` on.
--
-- Each event's hash covers the hash of the event before it; schema/README.md specifies the encoding.
--
-- Errors (schema/README.md lists the SQLSTATEs): LG001 if `p_epoch` is over, with the current epoch as DETAIL; LG003 if
-- the batch is malformed; LG004 if the session's isolation level or synchronous_commit would break a promise.
CREATE OR REPLACE FUNCTION holdfast.append(
    p_epoch bigint,
    s_name text[], s_expected bigint[],
    c_stream integer[], c_id uuid[], c_principal text[], c_fingerprint bytea[], c_outcome bytea[], c_events integer[],
    e_type text[], e_schema_version smallint[], e_payload bytea[]
) RETURNS TABLE (
    kind smallint, stream_index integer, first_position bigint, last_position bigint, actual_version bigint,
    head bigint, batch_recorded_at timestamptz,
    command_id uuid, command_principal text, command_fingerprint bytea, command_stream text, command_outcome bytea,
    command_position bigint, command_event_count integer, command_recorded_at timestamptz
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
    now_at         timestamptz;
    now_bytes      bytea;
    s_kind         smallint[] := array_fill(0::smallint, ARRAY[stream_count]);
    s_version      bigint[];
    s_last         bigint[];
    s_first        bigint[] := array_fill(NULL::bigint, ARRAY[stream_count]);
    c_position     bigint[] := array_fill(NULL::bigint, ARRAY[command_count]);
    e_position     bigint[] := array_fill(NULL::bigint, ARRAY[event_count]);
    e_version      bigint[] := array_fill(NULL::bigint, ARRAY[event_count]);
    e_command      integer[] := array_fill(NULL::integer, ARRAY[event_count]);
    e_hash         bytea[] := array_fill(NULL::bytea, ARRAY[event_count]);
    at_position    bigint;
    at_version     bigint;
    at_hash        bytea;
    stream_bytes   bytea;
    command_bytes  bytea;
    before         integer := 0;
    e              integer := 0;
    s              integer;
    recorded       record;
BEGIN
    IF stream_count NOT BETWEEN 1 AND batch_max OR command_count NOT BETWEEN 1 AND batch_max
        OR event_count > batch_max OR cardinality(s_expected) <> stream_count
        OR cardinality(c_stream) <> command_count OR cardinality(c_principal) <> command_count
        OR cardinality(c_fingerprint) <> command_count OR cardinality(c_outcome) <> command_count
        OR cardinality(c_events) <> command_count
        OR cardinality(e_schema_version) <> event_count OR cardinality(e_payload) <> event_count
        OR (SELECT sum(n) FROM unnest(c_events) n) <> event_count
        OR (SELECT min(n) FROM unnest(c_events) n) < 0
        OR (SELECT count(DISTINCT n) FROM unnest(s_name) n) <> stream_count
        OR (SELECT count(DISTINCT n) FROM unnest(c_stream) n) <> stream_count
    THEN
        RAISE EXCEPTION 'the batch is malformed or larger than %', batch_max USING ERRCODE = 'LG003';
    END IF;
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
    now_at := greatest(clock_timestamp(), old_head.recorded_at);
    at_position := old_head.position;

    -- (b) In statements of their own, whose snapshots are younger than the lock: what is there already?
    SELECT array_agg(coalesce(t.version, 0) ORDER BY n.i), array_agg(coalesce(t.last_position, 0) ORDER BY n.i)
    INTO s_version, s_last
    FROM unnest(s_name) WITH ORDINALITY AS n (name, i) LEFT JOIN streams AS t ON t.stream = n.name;
    FOR s IN 1 .. stream_count LOOP
        IF s_version[s] <> s_expected[s] THEN s_kind[s] := 1; END IF;
    END LOOP;
    FOR recorded IN SELECT array_position(c_id, k.id) AS c, k.* FROM commands AS k WHERE k.id = ANY (c_id) ORDER BY 1
    LOOP
        s := c_stream[recorded.c];
        s_kind[s] := 2;
        kind := 3;
        stream_index := s;
        command_id := recorded.id;
        command_principal := recorded.principal;
        command_fingerprint := recorded.fingerprint;
        command_stream := recorded.stream;
        command_outcome := recorded.outcome;
        command_position := recorded.position;
        command_event_count := recorded.event_count;
        command_recorded_at := recorded.recorded_at;
        RETURN NEXT;
    END LOOP;

    -- (c) Number and chain what will be written.
    at_hash := old_head.hash;
    now_bytes := int8send((extract(epoch FROM now_at) * 1000000)::bigint);
    FOR c IN 1 .. command_count LOOP
        s := c_stream[c];
        IF s < before OR s > stream_count THEN
            RAISE EXCEPTION 'the commands do not stand in the order of their streams' USING ERRCODE = 'LG003';
        ELSIF s <> before THEN
            before := s;
            s_first[s] := at_position + 1;
            stream_bytes := convert_to(s_name[s], 'UTF8');
            stream_bytes := int4send(length(stream_bytes)) || stream_bytes;
        END IF;
        IF s_kind[s] <> 0 THEN
            e := e + c_events[c];
            CONTINUE;
        END IF;
        IF c_events[c] > 0 THEN
            command_bytes := uuid_send(c_id[c]) || now_bytes;
            at_version := s_version[s];
            FOR e_next IN e + 1 .. e + c_events[c] LOOP
                at_position := at_position + 1;
                at_version := at_version + 1;
                at_hash := sha256(
                    at_hash || int8send(at_position) || stream_bytes || int8send(at_version)
                    || int4send(octet_length(e_type[e_next])) || convert_to(e_type[e_next], 'UTF8')
                    || int2send(e_schema_version[e_next])
                    || int4send(length(e_payload[e_next])) || e_payload[e_next] || command_bytes);
                e_position[e_next] := at_position;
                e_version[e_next] := at_version;
                e_command[e_next] := c;
                e_hash[e_next] := at_hash;
            END LOOP;
            e := e + c_events[c];
            s_version[s] := at_version;
            s_last[s] := at_position;
        END IF;
        c_position[c] := s_last[s];
    END LOOP;

    -- Partitions are made well ahead, so that a lock held on the table's shape (an ANALYZE, say) only postpones it.
    IF at_position + 1000000 > old_head.partitioned_to THEN
        WHILE at_position + 1000000 > old_head.partitioned_to LOOP
            BEGIN
                SET LOCAL lock_timeout = '20ms';
                PERFORM add_partition(old_head.partitioned_to, old_head.partitioned_to + old_head.partition_size);
            EXCEPTION WHEN lock_not_available THEN
                IF at_position > old_head.partitioned_to THEN RAISE; END IF;
                EXIT;
            END;
            old_head.partitioned_to := old_head.partitioned_to + old_head.partition_size;
        END LOOP;
    END IF;

    IF at_position > old_head.position THEN
        INSERT INTO events (
            position, stream_version, recorded_at, command_id, schema_version, stream, type, hash, payload)
        SELECT n.position, n.version, now_at, c_id[n.command], n.schema_version, s_name[c_stream[n.command]], n.type,
            n.hash, n.payload
        FROM unnest(e_position, e_version, e_command, e_hash, e_type, e_schema_version, e_payload)
            AS n (position, version, command, hash, type, schema_version, payload)
        WHERE n.position IS NOT NULL;

        UPDATE streams AS t SET version = n.version, last_position = n.last
        FROM unnest(s_name, s_expected, s_version, s_last, s_kind) AS n (name, expected, version, last, kind)
        WHERE t.stream = n.name AND n.kind = 0 AND n.expected > 0 AND n.version > n.expected;

        INSERT INTO streams (stream, version, last_position)
        SELECT n.name, n.version, n.last
        FROM unnest(s_name, s_expected, s_version, s_last, s_kind) AS n (name, expected, version, last, kind)
        WHERE n.kind = 0 AND n.expected = 0 AND n.version > 0;
    END IF;

    INSERT INTO commands (id, recorded_at, position, event_count, stream, principal, fingerprint, outcome)
    SELECT n.id, now_at, n.position, n.events, s_name[n.stream], n.principal, n.fingerprint, n.outcome
    FROM unnest(c_position, c_id, c_events, c_stream, c_principal, c_fingerprint, c_outcome)
        AS n (position, id, events, stream, principal, fingerprint, outcome)
    WHERE n.position IS NOT NULL;

    -- Always, also when nothing was appended: a reported conflict or duplicate rests on what others committed, so this
    -- commit too must wait until it is as durable as theirs.
    UPDATE log_head AS h
    SET position = at_position, hash = at_hash, recorded_at = now_at, partitioned_to = old_head.partitioned_to;

    RETURN QUERY
    SELECT n.kind, n.i::integer, n.first, n.last, n.version, at_position, now_at,
        NULL::uuid, NULL::text, NULL::bytea, NULL::text, NULL::bytea, NULL::bigint, NULL::integer, NULL::timestamptz
    FROM unnest(s_kind, s_first, s_last, s_version) WITH ORDINALITY AS n (kind, first, last, version, i)
    ORDER BY n.i;
END $$;

REVOKE ALL ON FUNCTION holdfast.append FROM PUBLIC, holdfast_app;
GRANT EXECUTE ON FUNCTION holdfast.append TO holdfast_app;
