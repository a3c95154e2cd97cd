-- What a run changes lies where it was put, in the order of the plan. By fingerprint it would lie all over a table,
-- and each commit would write most of it again.

CREATE TABLE standing (
    id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE, state TEXT NOT NULL, until INTEGER
) STRICT;
INSERT INTO standing (fingerprint, state, until) SELECT fingerprint, state, until FROM states;
DROP TABLE states;
ALTER TABLE standing RENAME TO states;

-- at: when it was begun; nothing once an outcome that is not known tells it
CREATE TABLE begun (
    id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL UNIQUE, run INTEGER NOT NULL REFERENCES runs (id),
    at INTEGER, write TEXT NOT NULL
) STRICT;
INSERT INTO begun (fingerprint, run, write) SELECT fingerprint, run, write FROM intents;
DROP TABLE intents;
ALTER TABLE begun RENAME TO intents;

-- an outcome tells when its write was begun: one row a write, not two
ALTER TABLE journal ADD COLUMN begun INTEGER;
