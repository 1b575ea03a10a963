-- Guards a table against changes by anybody: the application, the owner, a superuser in passing. ENABLE ALWAYS makes
-- the trigger fire under session_replication_role = replica too. Only disabling the trigger by name gets round it, and
-- then the hash chain tells.
CREATE OR REPLACE FUNCTION holdfast.make_append_only(p_table regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
         FOR EACH STATEMENT EXECUTE FUNCTION holdfast.refuse_change()', p_table);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', p_table);
END $$;

REVOKE ALL ON FUNCTION holdfast.make_append_only FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
