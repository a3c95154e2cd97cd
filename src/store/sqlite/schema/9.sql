-- What a run writes lies together, in the order of the run: an index by fingerprint is another page for each outcome.

-- the number of the operation in its plan; and whether it was applied after it had failed
ALTER TABLE journal ADD COLUMN operation INTEGER;
ALTER TABLE journal ADD COLUMN mends INTEGER;
UPDATE journal SET operation = (SELECT o.id FROM runs r JOIN operations o ON o.plan = r.plan
    AND o.fingerprint = journal.fingerprint WHERE r.id = journal.run);
UPDATE journal SET mends = 1 WHERE state IN ('applied', 'verified') AND EXISTS (SELECT 1 FROM journal failed
    WHERE failed.fingerprint = journal.fingerprint AND failed.state = 'failed' AND failed.id < journal.id);
DROP INDEX journal_by_fingerprint;
DROP INDEX journal_of_run;
CREATE INDEX journal_of_run ON journal (run, operation);
CREATE INDEX mended ON journal (fingerprint) WHERE mends = 1;
-- each outcome took something out of it; few decisions about an operation count no longer
DROP INDEX live_decisions;

-- a state knows the intent of the write that was begun, as long as it is running or unknown: its row, its run and when
-- (nothing once an outcome that is not known tells it)
ALTER TABLE states ADD COLUMN intent INTEGER;
ALTER TABLE states ADD COLUMN run INTEGER;
ALTER TABLE states ADD COLUMN begun INTEGER;
UPDATE states SET intent = i.id, run = i.run, begun = i.at FROM intents i WHERE i.fingerprint = states.fingerprint;
CREATE TABLE begun (
    id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL, run INTEGER NOT NULL REFERENCES runs (id), write TEXT NOT NULL
) STRICT;
INSERT INTO begun (id, fingerprint, run, write) SELECT id, fingerprint, run, write FROM intents;
DROP TABLE intents;
ALTER TABLE begun RENAME TO intents;
