-- The words that look like each of some others, by their trigrams: candidates for what somebody meant to type. Those that
-- look most alike come first, and the word itself is among them if there is it. Words of nothing but drafts are there for
-- those only who may see drafts.
DO $body$
DECLARE
    -- Wherever somebody else may have created it before.
    extension_schema name := (
        SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname = 'pg_trgm');
BEGIN
    -- Loads the extension, which may not be in use in this session: before that its setting is a superuser's alone.
    EXECUTE format('SELECT %I.similarity(%L, %L)', extension_schema, '', '');
    EXECUTE format($create$
CREATE OR REPLACE FUNCTION holdfast_shows.similar_words(
    p_words text[], p_keys text[], p_drafts boolean, p_limit integer
)
RETURNS TABLE (uncertain text, word text)
LANGUAGE sql STABLE
SET search_path = %I, pg_catalog
SET pg_trgm.similarity_threshold = 0.2
AS $$
    SELECT wanted.word, found.word
    FROM unnest(p_words, p_keys) AS wanted (word, key)
    CROSS JOIN LATERAL (
        SELECT w.word FROM holdfast_shows.words AS w
        WHERE w.trigram_key %% wanted.key AND (p_drafts OR w.is_public)
        ORDER BY w.word <> wanted.word, w.trigram_key <-> wanted.key, w.word
        LIMIT p_limit
    ) AS found
$$;
$create$, extension_schema);
END $body$;

REVOKE ALL ON FUNCTION holdfast_shows.similar_words FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_shows.similar_words TO holdfast_reader;
