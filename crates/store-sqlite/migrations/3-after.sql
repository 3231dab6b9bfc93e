-- Version 3, after the digests were filled in.

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN
    SELECT raise(ABORT, 'events are never changed');
END;
