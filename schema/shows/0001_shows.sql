-- The ShowSearch view: the shows as they are found. It knows nothing of holds and sales.
--
-- The view is a fold of the log and nothing else: it may sit in another database than the log, and it may be emptied at
-- any time; then it is rebuilt.
--
-- Texts are folded (no case, no accents) and cut into words by the program that writes them, so words and keys are the
-- same whatever the server's locale. The extension pg_trgm finds words with typing errors. It is trusted: tools/migrate
-- creates it as the role it connects as, a superuser or one that may create schemas in this database. holdfast_owner and
-- holdfast_app need no such right.
--
-- tools/migrate runs this file once, as the role holdfast_owner, in one transaction. A numbered file that was applied
-- never changes again: what comes later is a further file. Functions have files of their own, in functions/.

-- One row, which says up to where the log is folded in. The row changes in the transaction that changes the other
-- tables, so what one snapshot sees of all three tables belongs together.
CREATE TABLE holdfast_shows.checkpoint (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- The place in the log; both are 0 while nothing is folded in.
    epoch          bigint NOT NULL CHECK (epoch >= 0),
    position       bigint NOT NULL CHECK (position >= 0),
    -- The format of the stored rows. A program with another format does not read the rows but rebuilds the view.
    format_version integer NOT NULL,
    -- The place in the log where a show last changed: what was counted there still holds.
    changed        bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
-- (fillfactor: every batch updates the row, and room on its page keeps each update a heap-only one.)

INSERT INTO holdfast_shows.checkpoint (epoch, position, format_version) VALUES (0, 0, 0);

CREATE TABLE holdfast_shows.shows (
    -- The positions of the event that created the show and of the last that changed the row.
    created_position bigint NOT NULL,
    last_position    bigint NOT NULL,
    -- Microseconds since 1970. No off_sale_at: the sale ends at the start.
    starts_at        bigint NOT NULL,
    on_sale_at       bigint,
    off_sale_at      bigint,
    cancelled_at     bigint,
    -- Degrees.
    lat              double precision,
    lon              double precision,
    is_draft         boolean NOT NULL,
    is_postponed     boolean NOT NULL,
    show_id          text COLLATE "C" PRIMARY KEY,
    name             text COLLATE "C" NOT NULL,
    artist           text COLLATE "C" NOT NULL,
    venue            text COLLATE "C" NOT NULL,
    venue_id         text COLLATE "C",
    city             text COLLATE "C" NOT NULL,
    country          text COLLATE "C",
    time_zone        text COLLATE "C",
    category         text COLLATE "C",
    -- Folded, to sort by and to compare with.
    name_key         text COLLATE "C" NOT NULL,
    city_key         text COLLATE "C" NOT NULL,
    category_key     text COLLATE "C",
    -- Of the start, in UTC: 2035-06.
    month            text COLLATE "C" NOT NULL,
    -- A: artist, B: name, C: venue, D: category and place.
    document         tsvector NOT NULL
);

CREATE INDEX shows_start ON holdfast_shows.shows (starts_at, show_id);
CREATE INDEX shows_name ON holdfast_shows.shows (name_key, show_id);
CREATE INDEX shows_city ON holdfast_shows.shows (city_key, starts_at, show_id);
CREATE INDEX shows_category ON holdfast_shows.shows (category_key, starts_at, show_id);
CREATE INDEX shows_venue ON holdfast_shows.shows (venue_id) WHERE venue_id IS NOT NULL;
CREATE INDEX shows_lat ON holdfast_shows.shows (lat) WHERE lat IS NOT NULL;
-- (fastupdate: a search should not go through what is pending.)
CREATE INDEX shows_words ON holdfast_shows.shows USING gin (document) WITH (fastupdate = off);

-- Every word that a show has or had; a word that none has any more is looked up in vain, and no more than that.
CREATE TABLE holdfast_shows.words (
    word        text COLLATE "C" PRIMARY KEY,
    -- The word in ASCII letters, which have trigrams in every locale.
    trigram_key text COLLATE "C" NOT NULL,
    -- Of a show that is no draft, or was none: nobody but admins is to learn of the other words.
    is_public   boolean NOT NULL
);

DO $$
DECLARE
    -- Wherever somebody else may have created it before.
    extension_schema name := (
        SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname = 'pg_trgm');
BEGIN
    EXECUTE format(
        'CREATE INDEX words_similar ON holdfast_shows.words USING gin (trigram_key %I.gin_trgm_ops)
         WITH (fastupdate = off)', extension_schema);
END $$;

-- The application folds and reads; the functions' files say who may call them.
GRANT USAGE ON SCHEMA holdfast_shows TO holdfast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA holdfast_shows TO holdfast_app;
REVOKE INSERT, DELETE ON holdfast_shows.checkpoint FROM holdfast_app;
