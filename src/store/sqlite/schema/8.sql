-- what is not written to until its cause is gone; an empty rule is the whole system; no next: a person releases it
CREATE TABLE quarantines (
    system TEXT NOT NULL, rule TEXT NOT NULL, cause TEXT NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL,
    tries INTEGER NOT NULL, next INTEGER, PRIMARY KEY (system, rule)
) STRICT, WITHOUT ROWID;
-- complete reads so different from the last good one that a person must accept them: the newest of each system
CREATE TABLE held_reads (
    system TEXT PRIMARY KEY, read TEXT NOT NULL, records INTEGER NOT NULL, earlier INTEGER, why TEXT NOT NULL,
    at INTEGER NOT NULL, user TEXT, accepted INTEGER, reason TEXT
) STRICT, WITHOUT ROWID;
-- how often an operation has failed, and since when
CREATE INDEX failures ON journal (fingerprint, at) WHERE state = 'failed';
-- what a run tried first before somebody let it go on, as JSON
ALTER TABLE runs ADD COLUMN canary TEXT;
