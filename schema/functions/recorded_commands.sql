-- The recorded ones among some commands, in any order, as the view `commands` has them. Each batch that has some of them
-- is read once, and only for these the position is added up.
CREATE OR REPLACE FUNCTION holdfast.recorded_commands(p_ids uuid[]) RETURNS SETOF holdfast.commands
LANGUAGE sql STABLE SET search_path = holdfast, pg_temp AS $$
    SELECT c.id, b.recorded_at,
        CASE WHEN e.of_stream > 0 THEN b.after_position + e.so_far ELSE b.s_last_position[c.stream] END,
        c.events, b.s_name[c.stream], c.principal, c.fingerprint, c.outcome, b.last_position, b.number
    FROM (SELECT DISTINCT last_position, number FROM command_index WHERE id = ANY (p_ids)) AS i
    JOIN batches AS b ON b.last_position = i.last_position AND b.number = i.number
    CROSS JOIN LATERAL unnest(b.c_stream, b.c_id, b.c_principal, b.c_fingerprint, b.c_outcome, b.c_events)
        WITH ORDINALITY AS c (stream, id, principal, fingerprint, outcome, events, i)
    CROSS JOIN LATERAL (
        SELECT sum(n.events) AS so_far, sum(n.events) FILTER (WHERE n.stream = c.stream) AS of_stream
        FROM unnest(b.c_stream[:c.i], b.c_events[:c.i]) AS n (stream, events)
    ) AS e
    WHERE c.id = ANY (p_ids)
$$;

REVOKE ALL ON FUNCTION holdfast.recorded_commands FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast.recorded_commands TO holdfast_reader;
