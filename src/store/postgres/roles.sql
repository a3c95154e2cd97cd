-- Database roles for the store of a team. Run it as the owner of the tables; it may be run again.
--   @usher@_reader    sees everything, and leaves its own trail
--   @usher@_operator  plans and applies what is approved; cannot decide
--   @usher@_reviewer  decides, releases guard rails and quarantines, accepts unusual reads; cannot apply
-- Grant them to the login roles of people and services: GRANT @usher@_reviewer TO ana. Who does both gets both.
-- Nobody but the owner can change or remove a record of the audit or a decision, and the database notes which login
-- role (column `role`) wrote each of them.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['@usher@_reader', '@usher@_operator', '@usher@_reviewer'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON SCHEMA @usher@ FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA @usher@ FROM PUBLIC, @usher@_reader, @usher@_operator, @usher@_reviewer;
GRANT @usher@_reader TO @usher@_operator, @usher@_reviewer;

-- everyone: reads, and adds to the audit
GRANT USAGE ON SCHEMA @usher@ TO @usher@_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA @usher@ TO @usher@_reader;
GRANT INSERT (sequence, hash, record, words) ON @usher@.audit TO @usher@_reader;
GRANT UPDATE (value) ON @usher@.meta TO @usher@_reader;

-- operators: reads of systems, plans, runs
GRANT INSERT, UPDATE, DELETE ON @usher@.links, @usher@.link_packs, @usher@.hidden_links, @usher@.events,
    @usher@.timers, @usher@.reservations, @usher@.grants, @usher@.record_sets, @usher@.record_pieces,
    @usher@.read_attempts, @usher@.quarantines, @usher@.plans, @usher@.operations, @usher@.states, @usher@.leases, @usher@.intents
    TO @usher@_operator;
GRANT INSERT, UPDATE ON @usher@.runs TO @usher@_operator;
-- operators note which read waits; only reviewers accept it
GRANT INSERT (system, read, records, earlier, why, at), UPDATE (records, earlier, why, at), DELETE ON @usher@.held_reads
    TO @usher@_operator;
GRANT INSERT ON @usher@.journal TO @usher@_operator;
GRANT UPDATE (live) ON @usher@.decisions TO @usher@_operator;

-- reviewers: decisions, where operations stand by them, released guard rails
GRANT INSERT (fingerprint, live, verdict, until, "user", ssh_client, at, reason), UPDATE (live)
    ON @usher@.decisions TO @usher@_reviewer;
GRANT INSERT, UPDATE, DELETE ON @usher@.states TO @usher@_reviewer;
GRANT INSERT, UPDATE ON @usher@.releases TO @usher@_reviewer;
GRANT UPDATE ("user", accepted, reason) ON @usher@.held_reads TO @usher@_reviewer;
GRANT DELETE ON @usher@.quarantines TO @usher@_reviewer;
