-- What the hash of a batch covers, after the hash of the batch before it; schema/README.md has the encoding.
CREATE OR REPLACE FUNCTION holdfast.batch_bytes(
    p_number bigint, p_epoch bigint, p_after_position bigint, p_last_position bigint, p_recorded_at timestamptz,
    p_streams integer, p_root bytea
) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT int8send(p_number) || int8send(p_epoch) || int8send(p_after_position) || int8send(p_last_position)
        || int8send((extract(epoch FROM p_recorded_at) * 1000000)::bigint) || int4send(p_streams) || p_root
$$;

REVOKE ALL ON FUNCTION holdfast.batch_bytes FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
