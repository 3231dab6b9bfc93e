-- Version 2: what callers asked for, so that asking again changes nothing.

CREATE TABLE requests (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,   -- order of commits
    key         TEXT    NOT NULL,                    -- the caller's, a GUID in lower case
    fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    migration   TEXT    NOT NULL REFERENCES migrations (id),
    before      INTEGER NOT NULL,                    -- the migration's version before the request
    after       INTEGER NOT NULL,                    -- and after it
    UNIQUE (key, migration)
) STRICT;

CREATE INDEX requests_by_migration ON requests (migration, seq);
