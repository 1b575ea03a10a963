-- The account needs no second factor any more.
CREATE OR REPLACE FUNCTION holdfast_accounts.end_second_factor(p_account text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM holdfast_accounts.second_factors WHERE account_id = p_account;
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION holdfast_accounts.end_second_factor FROM PUBLIC, holdfast_app, holdfast_appender, holdfast_reader;
GRANT EXECUTE ON FUNCTION holdfast_accounts.end_second_factor TO holdfast_appender;
