-- Notices by mail of what the log tells (docs/mail.md). Nothing here has a word of a mail, nor an address.

-- What accounts want of notices. No row: what everybody gets.
CREATE TABLE holdfast_accounts.notice_preferences (
    account_id       text COLLATE "C" PRIMARY KEY REFERENCES holdfast_accounts.accounts ON DELETE CASCADE,
    -- Such as de; null: the instance's.
    language         text COLLATE "C",
    -- Whether to get what nobody needs to use what they bought.
    wants_reminders  boolean NOT NULL DEFAULT true
);

-- Notices that the mail server would not take for their reader yet, to be tried again. They are made anew from the log.
CREATE TABLE holdfast_accounts.late_notices (
    epoch       bigint NOT NULL CHECK (epoch > 0),
    position    bigint NOT NULL CHECK (position > 0),
    kind        text COLLATE "C" NOT NULL,
    account_id  text COLLATE "C" NOT NULL REFERENCES holdfast_accounts.accounts ON DELETE CASCADE,
    attempts    integer NOT NULL CHECK (attempts > 0),
    first_at    timestamptz NOT NULL,
    next_at     timestamptz NOT NULL,
    PRIMARY KEY (epoch, position, kind, account_id)
);

CREATE INDEX late_notices_due ON holdfast_accounts.late_notices (next_at);
CREATE INDEX late_notices_of_account ON holdfast_accounts.late_notices (account_id);

-- Events of shows that everybody with a ticket is told of, and up to whom that is done.
CREATE TABLE holdfast_accounts.notice_rounds (
    epoch       bigint NOT NULL CHECK (epoch > 0),
    position    bigint NOT NULL CHECK (position > 0),
    -- The last reader, in the order of ids; empty: nobody was told yet.
    told        text COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (epoch, position)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON
    holdfast_accounts.notice_preferences, holdfast_accounts.late_notices, holdfast_accounts.notice_rounds
TO holdfast_appender;
GRANT SELECT ON holdfast_accounts.notice_preferences TO holdfast_reader;
