-- The Visits view of the car park. The names that every stored view has are told at PostgresView.
CREATE SCHEMA car_park_visits;

CREATE TABLE car_park_visits.checkpoint (epoch bigint NOT NULL, position bigint NOT NULL, format_version integer NOT NULL);
INSERT INTO car_park_visits.checkpoint VALUES (0, 0, 0);

CREATE TABLE car_park_visits.cars (
    plate  text COLLATE "C" PRIMARY KEY,
    visits bigint NOT NULL,
    tows   bigint NOT NULL
);

CREATE FUNCTION car_park_visits.apply(
    p_epoch bigint, p_position bigint, p_format_version integer, p_new_epoch bigint, p_new_position bigint,
    c_plate text[], c_visits bigint[], c_tows bigint[]
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM car_park_visits.checkpoint AS c
    WHERE c.epoch = p_epoch AND c.position = p_position AND c.format_version = p_format_version
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO car_park_visits.cars AS c (plate, visits, tows)
    SELECT * FROM unnest(c_plate, c_visits, c_tows)
    ON CONFLICT (plate) DO UPDATE SET visits = excluded.visits, tows = excluded.tows;
    UPDATE car_park_visits.checkpoint SET epoch = p_new_epoch, position = p_new_position;
    RETURN true;
END $$;

CREATE FUNCTION car_park_visits.clear(
    p_epoch bigint, p_position bigint, p_format_version integer, p_new_epoch bigint, p_new_format_version integer
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM car_park_visits.checkpoint AS c
    WHERE c.epoch = p_epoch AND c.position = p_position AND c.format_version = p_format_version
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    TRUNCATE car_park_visits.cars;
    UPDATE car_park_visits.checkpoint
    SET epoch = p_new_epoch, position = 0, format_version = p_new_format_version;
    RETURN true;
END $$;

GRANT USAGE ON SCHEMA car_park_visits TO holdfast_reader;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA car_park_visits TO holdfast_reader;
