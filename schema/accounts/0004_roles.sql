-- Command nodes keep accounts, as holdfast_appender. Query nodes, as holdfast_reader, tell whose session a cookie is of, note
-- its last request, and show its owner what there is; passwords, second factors and mailed codes they never see.
-- schema/0005_roles.sql has the roles. No node changes what tools/migrate records.
REVOKE ALL ON ALL TABLES IN SCHEMA holdfast_accounts FROM holdfast_app;
REVOKE ALL ON SCHEMA holdfast_accounts FROM holdfast_app;

GRANT USAGE ON SCHEMA holdfast_accounts TO holdfast_appender, holdfast_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    holdfast_accounts.accounts, holdfast_accounts.sessions, holdfast_accounts.mailings, holdfast_accounts.revocations,
    holdfast_accounts.second_factors, holdfast_accounts.passkeys, holdfast_accounts.answered_challenges
TO holdfast_appender;
GRANT SELECT, UPDATE ON holdfast_accounts.revocation_head TO holdfast_appender;

GRANT SELECT ON
    holdfast_accounts.sessions, holdfast_accounts.revocations, holdfast_accounts.revocation_head TO holdfast_reader;
GRANT UPDATE (seen_at) ON holdfast_accounts.sessions TO holdfast_reader;
GRANT SELECT (account_id, mailbox, created_at) ON holdfast_accounts.accounts TO holdfast_reader;
GRANT SELECT (credential_id, account_id, name, is_backed_up, created_at, used_at) ON holdfast_accounts.passkeys
TO holdfast_reader;
