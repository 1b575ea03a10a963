-- The root of the Merkle tree (RFC 9162, 2.1.1) over leaves whose hashes are given, from left to right; at least one.
-- Pairing neighbours level by level, the odd one out rising as it is, makes the tree that the RFC defines.
CREATE OR REPLACE FUNCTION holdfast.merkle_root(p_leaves bytea[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = holdfast, pg_temp AS $$
DECLARE
    level bytea[] := p_leaves;
BEGIN
    WHILE cardinality(level) > 1 LOOP
        level := ARRAY(
            SELECT CASE WHEN i = cardinality(level) THEN level[i]
                ELSE sha256('\x01'::bytea || level[i] || level[i + 1]) END
            FROM generate_series(1, cardinality(level), 2) AS i ORDER BY i);
    END LOOP;
    RETURN level[1];
END $$;

REVOKE ALL ON FUNCTION holdfast.merkle_root FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
