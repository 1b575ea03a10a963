-- The Orders view: what came of every purchase, and who has which ticket. History, so it lives here and not in memory.
--
-- It is a fold of the log and nothing else: it may sit in another database than the log, and may be emptied at any
-- time, then it is built anew. Run by tools/migrate as the role holdfast_owner, in one transaction. A file that was
-- applied is never changed again: what comes later is a further file.

-- One row: up to where the log is folded in. It changes in the transaction that changes the other tables, so what one
-- snapshot sees of all three belongs together.
CREATE TABLE holdfast_orders.checkpoint (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- Of the log; 0: nothing is folded in yet.
    epoch          bigint NOT NULL CHECK (epoch >= 0),
    position       bigint NOT NULL CHECK (position >= 0),
    -- Of the stored records. Rows of another format are not read but built anew.
    format_version integer NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
-- (fillfactor: one row updated by every batch; room on its page keeps each update a heap-only one.)

INSERT INTO holdfast_orders.checkpoint (epoch, position, format_version) VALUES (0, 0, 0);

CREATE TABLE holdfast_orders.orders (
    -- The sequence number of the event that started the order, and of the last that changed it.
    started_position bigint NOT NULL,
    last_position    bigint NOT NULL,
    user_id          text COLLATE "C" NOT NULL,
    order_id         text COLLATE "C" NOT NULL,
    -- An OrderRecord of schema/proto/snapshots.proto.
    record           bytea NOT NULL,
    PRIMARY KEY (user_id, order_id)
) PARTITION BY HASH (user_id);

-- A user's orders, newest first.
CREATE INDEX orders_newest ON holdfast_orders.orders (user_id, started_position DESC);

CREATE TABLE holdfast_orders.tickets (
    -- The sequence number of the event that made it its owner's.
    since_position bigint NOT NULL,
    -- Of the ticket in its order.
    number         integer NOT NULL,
    -- Who has it now.
    owner_id       text COLLATE "C" NOT NULL,
    ticket_id      text COLLATE "C" NOT NULL,
    -- Where its order is, which has everything else about it.
    order_user_id  text COLLATE "C" NOT NULL,
    order_id       text COLLATE "C" NOT NULL,
    PRIMARY KEY (owner_id, ticket_id)
) PARTITION BY HASH (owner_id);

-- An owner's tickets, newest first.
CREATE INDEX tickets_newest ON holdfast_orders.tickets (owner_id, since_position DESC, number);

DO $$
BEGIN
    FOR part IN 0 .. 15 LOOP
        EXECUTE format(
            'CREATE TABLE holdfast_orders.orders_%s PARTITION OF holdfast_orders.orders
             FOR VALUES WITH (MODULUS 16, REMAINDER %s)', part, part);
        EXECUTE format(
            'CREATE TABLE holdfast_orders.tickets_%s PARTITION OF holdfast_orders.tickets
             FOR VALUES WITH (MODULUS 16, REMAINDER %s)', part, part);
    END LOOP;
END $$;

-- Moves the view from one place in the log to another, with all that the events between them changed. Returns false,
-- and changes nothing, where the view is at another place than expected, or somebody is moving it at this moment:
-- several processes may fold the log at once, and nothing is applied twice.
--
-- The arrays are flat: orders (o_), to be stored as they are now; tickets (t_), of which those with a number are their
-- owner's from here on, and those without are not any more.
CREATE FUNCTION holdfast_orders.apply(
    p_epoch bigint, p_position bigint, p_format_version integer, p_new_epoch bigint, p_new_position bigint,
    o_user text[], o_id text[], o_started bigint[], o_last bigint[], o_record bytea[],
    t_owner text[], t_id text[], t_number integer[], t_since bigint[], t_order_user text[], t_order text[]
) RETURNS boolean
LANGUAGE plpgsql
-- Plans are made once, often while the tables are empty, and must stay good at any size: by index, always.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
BEGIN
    IF p_new_position < p_position OR p_new_epoch < p_epoch THEN
        RAISE EXCEPTION 'the view does not go back from %.% to %.%', p_epoch, p_position, p_new_epoch, p_new_position;
    END IF;
    PERFORM FROM holdfast_orders.checkpoint AS c
    WHERE c.epoch = p_epoch AND c.position = p_position AND c.format_version = p_format_version
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO holdfast_orders.orders AS o (user_id, order_id, started_position, last_position, record)
    SELECT n.user_id, n.id, n.started, n.last, n.record
    FROM unnest(o_user, o_id, o_started, o_last, o_record) AS n (user_id, id, started, last, record)
    ON CONFLICT (user_id, order_id) DO UPDATE SET last_position = excluded.last_position, record = excluded.record;
    DELETE FROM holdfast_orders.tickets AS t
    USING unnest(t_owner, t_id, t_number) AS n (owner, id, number)
    WHERE t.owner_id = n.owner AND t.ticket_id = n.id AND n.number = 0;
    INSERT INTO holdfast_orders.tickets AS t (owner_id, ticket_id, number, since_position, order_user_id, order_id)
    SELECT n.owner, n.id, n.number, n.since, n.order_user, n.order_id
    FROM unnest(t_owner, t_id, t_number, t_since, t_order_user, t_order)
        AS n (owner, id, number, since, order_user, order_id)
    WHERE n.number > 0
    ON CONFLICT (owner_id, ticket_id) DO UPDATE SET since_position = excluded.since_position;
    UPDATE holdfast_orders.checkpoint AS c SET epoch = p_new_epoch, position = p_new_position;
    RETURN true;
END $$;

-- Empties the view, to be built anew in this epoch and format. Returns false, and changes nothing, where it is at
-- another place than expected, or somebody is moving it. Readers of an older snapshot go on reading what was.
CREATE FUNCTION holdfast_orders.clear(
    p_epoch bigint, p_position bigint, p_format_version integer, p_new_epoch bigint, p_new_format_version integer
) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM holdfast_orders.checkpoint AS c
    WHERE c.epoch = p_epoch AND c.position = p_position AND c.format_version = p_format_version
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM holdfast_orders.orders;
    DELETE FROM holdfast_orders.tickets;
    UPDATE holdfast_orders.checkpoint AS c
    SET epoch = p_new_epoch, position = 0, format_version = p_new_format_version;
    RETURN true;
END $$;

-- The application folds and reads.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA holdfast_orders FROM PUBLIC;
GRANT USAGE ON SCHEMA holdfast_orders TO holdfast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA holdfast_orders TO holdfast_app;
REVOKE INSERT, DELETE ON holdfast_orders.checkpoint FROM holdfast_app;
GRANT EXECUTE ON FUNCTION holdfast_orders.apply, holdfast_orders.clear TO holdfast_app;
