-- The orders and tickets of a show, for its doors and for the back office.
--
-- The tables are emptied first: programs of the version that brings this file rebuild the view anyway, and columns of
-- empty tables cost nothing.
TRUNCATE holdfast_orders.orders, holdfast_orders.tickets;
UPDATE holdfast_orders.checkpoint SET epoch = 0, position = 0, format_version = 0;

ALTER TABLE holdfast_orders.orders
    -- An order's id is its show's, a hyphen, and a name without hyphens.
    ADD COLUMN show_id text COLLATE "C" GENERATED ALWAYS AS (regexp_replace(order_id, '-[^-]*$', '')) STORED,
    -- How many tickets the order ever had; 0: nothing was sold.
    ADD COLUMN ticket_count integer NOT NULL;

ALTER TABLE holdfast_orders.tickets
    ADD COLUMN show_id text COLLATE "C" GENERATED ALWAYS AS (regexp_replace(order_id, '-[^-]*$', '')) STORED,
    -- The guid of the ticket's seat; null: it is for a unit of an area.
    ADD COLUMN seat text COLLATE "C";

-- Whoever it belongs to.
CREATE INDEX orders_by_id ON holdfast_orders.orders (order_id);

-- A show's orders, newest first.
CREATE INDEX orders_of_show ON holdfast_orders.orders (show_id, started_position DESC);

-- What a show's doors have to know, those first that changed first: it goes on after what a door knows already.
CREATE INDEX orders_of_door ON holdfast_orders.orders (show_id, last_position, order_id) WHERE ticket_count > 0;

-- A show's tickets, and those of one of its seats, the resold ones included.
CREATE INDEX tickets_of_show ON holdfast_orders.tickets (show_id, ticket_id);
CREATE INDEX tickets_of_seat ON holdfast_orders.tickets (show_id, seat);

-- Its parameters are others now: functions/apply.sql makes it anew.
DROP FUNCTION IF EXISTS holdfast_orders.apply;
