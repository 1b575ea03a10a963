-- The last position that was recorded at or before `p_at`; 0 if there is none. Bisects the log, because recorded_at
-- never goes back.
CREATE OR REPLACE FUNCTION holdfast.position_at(p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = holdfast, pg_temp AS $$
DECLARE
    low  bigint := coalesce((SELECT min(position) FROM events), 1) - 1;
    high bigint := coalesce((SELECT max(position) FROM events), 0);
    mid  bigint;
BEGIN
    WHILE low < high LOOP
        mid := low + (high - low + 1) / 2;
        IF (SELECT recorded_at FROM events WHERE position = mid) <= p_at THEN
            low := mid;
        ELSE
            high := mid - 1;
        END IF;
    END LOOP;
    RETURN low;
END $$;

REVOKE ALL ON FUNCTION holdfast.position_at FROM PUBLIC, holdfast_app;
GRANT EXECUTE ON FUNCTION holdfast.position_at TO holdfast_app;
