-- Version 1: migrations and their logs.
--
-- Ids are GUIDs in lower case. Instants are RFC 3339 in UTC with nine decimals, so that text order is time order and a
-- person can read them.

CREATE TABLE migrations (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,    -- order of creation
    id         TEXT    NOT NULL UNIQUE,
    version    INTEGER NOT NULL CHECK (version > 0), -- number of events
    wake       TEXT,                                 -- when to look again; null: not by itself
    token      INTEGER NOT NULL DEFAULT 0,           -- number of leases ever given; the newest one's token
    held_until TEXT                                  -- when the newest lease lapses; null: given back
) STRICT;

CREATE INDEX migrations_by_wake ON migrations (wake, seq) WHERE wake IS NOT NULL;

CREATE TABLE events (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,     -- order of commits, over all migrations
    migration TEXT    NOT NULL REFERENCES migrations (id),
    number    INTEGER NOT NULL CHECK (number > 0),   -- 1 for a migration's first event
    at        TEXT    NOT NULL,                      -- when it was recorded
    body      TEXT    NOT NULL,                      -- the record, as carryover-journal writes it; holds its format's version
    UNIQUE (migration, number)
) STRICT;

-- The log is the only truth: what was recorded stays as it was.
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN
    SELECT raise(ABORT, 'events are never changed');
END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN
    SELECT raise(ABORT, 'events are never deleted');
END;
