-- Moves the ShowSearch view from one place in the log to another, and stores all shows that the events between them
-- changed. Returns false, and changes nothing, if the view is at another place than the caller expects, or another
-- session is moving it at this moment: several processes may fold the log at once, and no event is applied twice.
--
-- The arrays are flat: shows (s_), which are stored as they are now, and their words (w_). Arrays have no NULLs: the
-- least bigint, an empty text and NaN stand for them.
CREATE OR REPLACE FUNCTION holdfast_shows.apply(
    p_epoch bigint, p_position bigint, p_format_version integer, p_new_epoch bigint, p_new_position bigint,
    s_id text[], s_created bigint[], s_last bigint[], s_starts bigint[], s_on_sale bigint[], s_off_sale bigint[],
    s_cancelled bigint[], s_lat double precision[], s_lon double precision[], s_draft boolean[], s_postponed boolean[],
    s_name text[], s_artist text[], s_venue text[], s_venue_id text[], s_city text[], s_country text[],
    s_time_zone text[], s_category text[], s_name_key text[], s_city_key text[], s_category_key text[], s_month text[],
    s_document text[], w_word text[], w_key text[], w_public boolean[]
) RETURNS boolean
LANGUAGE plpgsql
-- Plans are made once, often while the tables are empty, and must stay good at any size: by index, always.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
    nothing CONSTANT bigint := -9223372036854775808;
BEGIN
    IF p_new_position < p_position OR p_new_epoch < p_epoch THEN
        RAISE EXCEPTION 'the view does not go back from %.% to %.%', p_epoch, p_position, p_new_epoch, p_new_position;
    END IF;
    PERFORM FROM holdfast_shows.checkpoint AS c
    WHERE c.epoch = p_epoch AND c.position = p_position AND c.format_version = p_format_version
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF cardinality(s_id) > 0 THEN
        INSERT INTO holdfast_shows.words AS w (word, trigram_key, is_public)
        SELECT n.word, n.key, n.public FROM unnest(w_word, w_key, w_public) AS n (word, key, public)
        ON CONFLICT (word) DO UPDATE SET is_public = true WHERE excluded.is_public AND NOT w.is_public;
        INSERT INTO holdfast_shows.shows AS s (
            show_id, created_position, last_position, starts_at, on_sale_at, off_sale_at, cancelled_at, lat, lon,
            is_draft, is_postponed, name, artist, venue, venue_id, city, country, time_zone, category, name_key,
            city_key, category_key, month, document)
        SELECT
            n.id, n.created, n.last, n.starts, nullif(n.on_sale, nothing), nullif(n.off_sale, nothing),
            nullif(n.cancelled, nothing), nullif(n.lat, 'NaN'), nullif(n.lon, 'NaN'), n.draft, n.postponed, n.name,
            n.artist, n.venue, nullif(n.venue_id, ''), n.city, nullif(n.country, ''), nullif(n.time_zone, ''),
            nullif(n.category, ''), n.name_key, n.city_key, nullif(n.category_key, ''), n.month, n.document::tsvector
        FROM unnest(
            s_id, s_created, s_last, s_starts, s_on_sale, s_off_sale, s_cancelled, s_lat, s_lon, s_draft, s_postponed,
            s_name, s_artist, s_venue, s_venue_id, s_city, s_country, s_time_zone, s_category, s_name_key, s_city_key,
            s_category_key, s_month, s_document
        ) AS n (
            id, created, last, starts, on_sale, off_sale, cancelled, lat, lon, draft, postponed, name, artist, venue,
            venue_id, city, country, time_zone, category, name_key, city_key, category_key, month, document)
        ON CONFLICT (show_id) DO UPDATE SET
            last_position = excluded.last_position, starts_at = excluded.starts_at, on_sale_at = excluded.on_sale_at,
            off_sale_at = excluded.off_sale_at, cancelled_at = excluded.cancelled_at, lat = excluded.lat,
            lon = excluded.lon, is_draft = excluded.is_draft, is_postponed = excluded.is_postponed,
            name = excluded.name, artist = excluded.artist, venue = excluded.venue, venue_id = excluded.venue_id,
            city = excluded.city, country = excluded.country, time_zone = excluded.time_zone,
            category = excluded.category, name_key = excluded.name_key, city_key = excluded.city_key,
            category_key = excluded.category_key, month = excluded.month, document = excluded.document;
    END IF;
    UPDATE holdfast_shows.checkpoint AS c
    SET epoch = p_new_epoch, position = p_new_position,
        changed = CASE WHEN cardinality(s_id) > 0 THEN p_new_position ELSE c.changed END;
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION holdfast_shows.apply FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_shows.apply TO holdfast_reader;
