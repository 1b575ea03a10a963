-- The last position that was recorded at or before `p_at`; 0 if there is none. Bisects the log, because recorded_at
-- never goes back and positions have no gaps from 1.
CREATE OR REPLACE FUNCTION holdfast.position_at(p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = holdfast, pg_temp AS $$
DECLARE
    low  bigint := 0;
    high bigint := coalesce((SELECT max(last_position) FROM batches), 0);
    mid  bigint;
BEGIN
    WHILE low < high LOOP
        mid := low + (high - low + 1) / 2;
        -- The batch that has the event at `mid`.
        IF (SELECT recorded_at FROM batches WHERE last_position >= mid AND last_position > after_position
            ORDER BY last_position LIMIT 1) <= p_at
        THEN
            low := mid;
        ELSE
            high := mid - 1;
        END IF;
    END LOOP;
    RETURN low;
END $$;

REVOKE ALL ON FUNCTION holdfast.position_at FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast.position_at TO holdfast_reader;
