-- The trigger function that refuses every change of what was recorded, with LG002.
CREATE OR REPLACE FUNCTION holdfast.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: the log is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'LG002';
END $$;

REVOKE ALL ON FUNCTION holdfast.refuse_change FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
