-- Empties the ShowSearch view, which is then rebuilt in the given epoch and format. Returns false, and changes nothing, if
-- the view is at another place than the caller expects, or another session is moving it. A reader with an older
-- snapshot goes on reading what was there.
CREATE OR REPLACE FUNCTION holdfast_shows.clear(
    p_epoch bigint, p_position bigint, p_format_version integer, p_new_epoch bigint, p_new_format_version integer
) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM holdfast_shows.checkpoint AS c
    WHERE c.epoch = p_epoch AND c.position = p_position AND c.format_version = p_format_version
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM holdfast_shows.shows;
    DELETE FROM holdfast_shows.words;
    UPDATE holdfast_shows.checkpoint AS c
    SET epoch = p_new_epoch, position = 0, format_version = p_new_format_version, changed = 0;
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION holdfast_shows.clear FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_shows.clear TO holdfast_reader;
