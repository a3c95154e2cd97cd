-- What is not written to until its cause is gone; an empty rule is the whole system; no next: a person releases it.
CREATE TABLE quarantines (
    system text NOT NULL, rule text NOT NULL, cause text NOT NULL, reason text NOT NULL, since bigint NOT NULL,
    tries bigint NOT NULL, next bigint, PRIMARY KEY (system, rule)
);
-- Complete reads so different from the last good one that a person must accept them: the newest of each system.
CREATE TABLE held_reads (
    system text PRIMARY KEY, read text NOT NULL, records bigint NOT NULL, earlier bigint, why text NOT NULL,
    at bigint NOT NULL, "user" text, accepted bigint, reason text
);
-- How often an operation has failed, and since when.
CREATE INDEX failures ON journal (fingerprint, at) WHERE state = 'failed';
-- What a run tried first before somebody let it go on, as JSON.
ALTER TABLE runs ADD COLUMN canary text;
