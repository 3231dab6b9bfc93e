-- Version 2: the budgets of calls that all processes of a partner share. What a row holds is worked out by the processes, each
-- upon what it has read; the version makes sure that nobody has written it in between, so nobody holds a lock while it thinks.
--
-- Instants are by this server's clock, RFC 3339 in UTC with nine decimals. The customer is all zeros where all customers share
-- the budget. What is not touched for a day is as good as new and is removed.

CREATE TABLE carryover.budgets (
    partner      uuid   NOT NULL,
    name         text   NOT NULL,
    customer     uuid   NOT NULL,
    version      bigint NOT NULL,
    pace         float8 NOT NULL,                          -- calls a second now
    seen         float8 NOT NULL,                          -- the pace that a refusal last showed to be all there is
    cut          text,                                     -- when that was
    grown        text   NOT NULL,                          -- until when the pace has grown
    taken_until  text   NOT NULL,                          -- when all places that were given away will have been used
    closed_until text   NOT NULL,
    closed       bigint NOT NULL,                          -- how often it was closed
    slots        bigint[] NOT NULL,                        -- what leaves or left, by slot of time
    costs        bigint[] NOT NULL,
    refused      uuid,                                     -- whose call was refused last, and when
    refused_at   text,
    touched      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (partner, name, customer)
);

-- Writes one budget where it is still at `expected`, 0 for one that is not there yet. Otherwise the whole statement comes to
-- nothing, as a serialisation failure. A budget that a crash of the server sets back by a moment does no harm, so nobody waits
-- for the disk.
CREATE FUNCTION carryover.put_budget(new carryover.budgets) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    IF new.version = 0 THEN
        new.version := 1;
        new.touched := clock_timestamp();
        INSERT INTO carryover.budgets SELECT new.* ON CONFLICT DO NOTHING;
    ELSE
        UPDATE carryover.budgets b SET (version, pace, seen, cut, grown, taken_until, closed_until, closed, slots, costs,
                refused, refused_at, touched)
            = (new.version + 1, new.pace, new.seen, new.cut, new.grown, new.taken_until, new.closed_until, new.closed,
                new.slots, new.costs, new.refused, new.refused_at, clock_timestamp())
            WHERE b.partner = new.partner AND b.name = new.name AND b.customer = new.customer AND b.version = new.version;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'somebody else was faster' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;
