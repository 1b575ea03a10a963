-- The Orders view: what came of every purchase, and who has which ticket. It is history, so it lives in PostgreSQL and
-- not in memory.
--
-- The view is a fold of the log and nothing else: it may sit in another database than the log, and it may be emptied at
-- any time; then it is rebuilt.
--
-- tools/migrate runs this file once, as the role holdfast_owner, in one transaction. A numbered file that was applied
-- never changes again: what comes later is a further file. Functions have files of their own, in functions/.

-- One row, which says up to where the log is folded in. The row changes in the transaction that changes the other
-- tables, so what one snapshot sees of all three tables belongs together.
CREATE TABLE holdfast_orders.checkpoint (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- The place in the log; both are 0 while nothing is folded in.
    epoch          bigint NOT NULL CHECK (epoch >= 0),
    position       bigint NOT NULL CHECK (position >= 0),
    -- The format of the stored records. A program with another format does not read the rows but rebuilds the view.
    format_version integer NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
-- (fillfactor: every batch updates the row, and room on its page keeps each update a heap-only one.)

INSERT INTO holdfast_orders.checkpoint (epoch, position, format_version) VALUES (0, 0, 0);

CREATE TABLE holdfast_orders.orders (
    -- The positions of the event that started the order and of the last event that changed it.
    started_position bigint NOT NULL,
    last_position    bigint NOT NULL,
    user_id          text COLLATE "C" NOT NULL,
    order_id         text COLLATE "C" NOT NULL,
    -- An OrderRecord of schema/proto/orders.proto.
    record           bytea NOT NULL,
    PRIMARY KEY (user_id, order_id)
) PARTITION BY HASH (user_id);

-- A user's orders, newest first.
CREATE INDEX orders_newest ON holdfast_orders.orders (user_id, started_position DESC);

CREATE TABLE holdfast_orders.tickets (
    -- The position of the event that gave the ticket to its owner.
    since_position bigint NOT NULL,
    -- The ticket's number in its order.
    number         integer NOT NULL,
    -- The user who has the ticket now.
    owner_id       text COLLATE "C" NOT NULL,
    ticket_id      text COLLATE "C" NOT NULL,
    -- The ticket's order, whose record has everything else about the ticket.
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

-- The application folds and reads; the functions' files say who may call them.
GRANT USAGE ON SCHEMA holdfast_orders TO holdfast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA holdfast_orders TO holdfast_app;
REVOKE INSERT, DELETE ON holdfast_orders.checkpoint FROM holdfast_app;
