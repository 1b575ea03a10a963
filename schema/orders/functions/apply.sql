-- Moves the Orders view from one place in the log to another, and stores all that the events between them changed.
-- Returns false, and changes nothing, if the view is at another place than the caller expects, or another session is
-- moving it at this moment: several processes may fold the log at once, and no event is applied twice.
--
-- The arrays are flat: orders (o_), which are stored as they are now; tickets (t_), of which those with a number belong
-- to their owner from here on, and those with number 0 no longer do. A ticket without a seat has the seat ''.
CREATE OR REPLACE FUNCTION holdfast_orders.apply(
    p_epoch bigint, p_position bigint, p_format_version integer, p_new_epoch bigint, p_new_position bigint,
    o_user text[], o_id text[], o_started bigint[], o_last bigint[], o_tickets integer[], o_record bytea[],
    t_owner text[], t_id text[], t_number integer[], t_since bigint[], t_order_user text[], t_order text[], t_seat text[]
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
    INSERT INTO holdfast_orders.orders AS o
        (user_id, order_id, started_position, last_position, ticket_count, record)
    SELECT n.user_id, n.id, n.started, n.last, n.tickets, n.record
    FROM unnest(o_user, o_id, o_started, o_last, o_tickets, o_record)
        AS n (user_id, id, started, last, tickets, record)
    ON CONFLICT (user_id, order_id) DO UPDATE
    SET last_position = excluded.last_position, ticket_count = excluded.ticket_count, record = excluded.record;
    DELETE FROM holdfast_orders.tickets AS t
    USING unnest(t_owner, t_id, t_number) AS n (owner, id, number)
    WHERE t.owner_id = n.owner AND t.ticket_id = n.id AND n.number = 0;
    INSERT INTO holdfast_orders.tickets AS t
        (owner_id, ticket_id, number, since_position, order_user_id, order_id, seat)
    SELECT n.owner, n.id, n.number, n.since, n.order_user, n.order_id, nullif(n.seat, '')
    FROM unnest(t_owner, t_id, t_number, t_since, t_order_user, t_order, t_seat)
        AS n (owner, id, number, since, order_user, order_id, seat)
    WHERE n.number > 0
    ON CONFLICT (owner_id, ticket_id) DO UPDATE SET since_position = excluded.since_position;
    UPDATE holdfast_orders.checkpoint AS c SET epoch = p_new_epoch, position = p_new_position;
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION holdfast_orders.apply FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_orders.apply TO holdfast_reader;
