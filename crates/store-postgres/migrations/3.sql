-- Version 3: the last commit of a turn gives its lease back. The function of version 1, which knew nothing of that, goes.

DROP FUNCTION carryover.append(uuid[], bigint[], text[], text[], bigint[], uuid[], bytea[], integer[], text[]);

-- Writes commits, one after the other, and answers for each, in order, what became of it. One call is one transaction, and one
-- statement: so nobody holds a lock while a client thinks, sleeps or is gone. All writers of events wait for each other, from
-- here to the end of the transaction: so a place that is seen is never followed by a smaller one.
--
-- `counts` says how many of `bodies`, which hold the events of all commits, are whose. A token, key or fingerprint is null
-- where there is none. `lasts` says which commits give the lease of their token back.
CREATE FUNCTION carryover.append(
    ids uuid[], expected bigint[], instants text[], wakes text[], tokens bigint[], keys uuid[], fingerprints bytea[],
    counts integer[], bodies text[], lasts boolean[]
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
            UPDATE carryover.migrations SET version = version_after, wake = wakes[i], head = digest,
                    held_until = CASE WHEN lasts[i] THEN NULL ELSE held_until END
                WHERE id = ids[i];
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
