-- Version 1: migrations, their logs, and what callers asked for. Everything is in a schema of its own.
--
-- Instants are RFC 3339 in UTC with nine decimals: a timestamptz ends at microseconds. In the collation "C" the order of the
-- texts is the order of the instants.

CREATE TABLE carryover.migrations (
    id         uuid   PRIMARY KEY,
    place      bigint NOT NULL UNIQUE,                     -- order of creation: the place of the first event
    version    bigint NOT NULL CHECK (version > 0),        -- number of events
    wake       text   COLLATE "C",                         -- when to look again; null: not by itself
    token      bigint NOT NULL DEFAULT 0,                  -- number of leases ever given; the newest one's token
    held_until text   COLLATE "C",                         -- when the newest lease lapses; null: given back
    head       bytea  NOT NULL CHECK (length(head) = 32)   -- the digest of the log
);

CREATE INDEX migrations_by_wake ON carryover.migrations (wake, place) WHERE wake IS NOT NULL;

CREATE TABLE carryover.events (
    place     bigint PRIMARY KEY,                          -- order of commits, over all migrations
    migration uuid   NOT NULL REFERENCES carryover.migrations (id),
    number    bigint NOT NULL CHECK (number > 0),          -- 1 for a migration's first event
    at        text   COLLATE "C" NOT NULL,                 -- when it was recorded
    body      text   NOT NULL,                             -- the record, as carryover-journal writes it
    before    bytea  NOT NULL CHECK (length(before) = 32), -- the digest of the log before it
    UNIQUE (migration, number)
);

CREATE TABLE carryover.requests (
    place       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- order of commits
    key         uuid   NOT NULL,
    fingerprint bytea  NOT NULL CHECK (length(fingerprint) = 32),
    migration   uuid   NOT NULL REFERENCES carryover.migrations (id),
    before      bigint NOT NULL,                           -- the migration's version before the request
    after       bigint NOT NULL,                           -- and after it
    UNIQUE (key, migration)
);

CREATE INDEX requests_by_migration ON carryover.requests (migration, place);

-- The log is the only truth: what was recorded stays as it was.
CREATE FUNCTION carryover.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are never changed or deleted';
END $$;

CREATE TRIGGER events_stay_as_they_are BEFORE UPDATE OR DELETE OR TRUNCATE ON carryover.events
    FOR EACH STATEMENT EXECUTE FUNCTION carryover.refuse();

-- Writes commits, one after the other, and answers for each, in order, what became of it. One call is one transaction, and one
-- statement: so nobody holds a lock while a client thinks, sleeps or is gone. All writers of events wait for each other, from
-- here to the end of the transaction: so a place that is seen is never followed by a smaller one.
--
-- `counts` says how many of `bodies`, which hold the events of all commits, are whose. A token, key or fingerprint is null
-- where there is none.
CREATE FUNCTION carryover.append(
    ids uuid[], expected bigint[], instants text[], wakes text[], tokens bigint[], keys uuid[], fingerprints bytea[],
    counts integer[], bodies text[]
) RETURNS TABLE (fate text, version_before bigint, version_after bigint) LANGUAGE plpgsql AS $$
DECLARE
    known  carryover.migrations;
    asked  carryover.requests;
    actual bigint;
    digest bytea;
    newest bigint;
    first  integer := 0;
    start  bigint;
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    PERFORM pg_advisory_xact_lock(4855443196131);
    SELECT coalesce(max(place), 0) INTO newest FROM carryover.events;
    start := newest;
    FOR i IN 1 .. cardinality(ids) LOOP
        SELECT * INTO known FROM carryover.migrations WHERE id = ids[i] FOR UPDATE;
        actual := coalesce(known.version, 0);
        version_before := actual;
        version_after := actual;
        fate := 'written';
        IF tokens[i] IS NOT NULL AND tokens[i] IS DISTINCT FROM known.token THEN
            fate := 'lost';
        END IF;
        IF fate = 'written' AND keys[i] IS NOT NULL THEN
            SELECT * INTO asked FROM carryover.requests
                WHERE key = keys[i] AND fingerprint <> fingerprints[i] LIMIT 1;
            IF FOUND THEN
                fate := 'key_reused';
            ELSE
                SELECT * INTO asked FROM carryover.requests WHERE key = keys[i] AND migration = ids[i];
                IF FOUND THEN
                    fate := 'repeated';
                    version_before := asked.before;
                    version_after := asked.after;
                END IF;
            END IF;
        END IF;
        IF fate = 'written' AND actual <> expected[i] THEN
            fate := 'stale';
        END IF;
        IF fate = 'written' AND actual = 0 AND counts[i] = 0 THEN
            fate := 'empty';
        END IF;
        IF fate = 'written' THEN
            digest := coalesce(known.head, sha256(convert_to('carryover ' || ids[i], 'UTF8')));
            version_after := actual + counts[i];
            IF actual = 0 THEN
                INSERT INTO carryover.migrations (id, place, version, wake, head)
                    VALUES (ids[i], newest + 1, version_after, wakes[i], digest);
            END IF;
            FOR n IN 1 .. counts[i] LOOP
                newest := newest + 1;
                INSERT INTO carryover.events (place, migration, number, at, body, before)
                    VALUES (newest, ids[i], actual + n, instants[i], bodies[first + n], digest);
                digest := sha256(digest || convert_to(
                    (actual + n) || E'\n' || instants[i] || E'\n' || bodies[first + n], 'UTF8'));
            END LOOP;
            UPDATE carryover.migrations SET version = version_after, wake = wakes[i], head = digest WHERE id = ids[i];
            IF keys[i] IS NOT NULL THEN
                INSERT INTO carryover.requests (key, fingerprint, migration, before, after)
                    VALUES (keys[i], fingerprints[i], ids[i], version_before, version_after);
            END IF;
        END IF;
        first := first + counts[i];
        RETURN NEXT;
    END LOOP;
    IF newest > start THEN
        PERFORM pg_notify('carryover', newest::text);
    END IF;
END $$;
