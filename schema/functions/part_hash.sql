-- The hash of the leaf that stands for one stream's part of a batch; schema/README.md has the encoding.
CREATE OR REPLACE FUNCTION holdfast.part_hash(
    p_stream text, p_version bigint, p_last_position bigint, p_first_position bigint, p_commands bigint,
    p_events bigint, p_root bytea
) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(
        '\x00'::bytea || int4send(octet_length(p_stream)) || convert_to(p_stream, 'UTF8') || int8send(p_version)
        || int8send(p_last_position) || int8send(p_first_position) || int4send(p_commands::integer)
        || int4send(p_events::integer) || p_root)
$$;

REVOKE ALL ON FUNCTION holdfast.part_hash FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
