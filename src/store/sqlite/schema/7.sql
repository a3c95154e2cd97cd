-- what policy demanded for the operations of a plan when it was made
ALTER TABLE plans ADD COLUMN demands BLOB;
-- a release may be of a part: these fingerprints, 32 octets each; nothing is all
ALTER TABLE releases ADD COLUMN operations BLOB;
ALTER TABLE releases ADD COLUMN user TEXT NOT NULL DEFAULT '';
ALTER TABLE releases ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE releases ADD COLUMN reason TEXT NOT NULL DEFAULT '';
-- the decisions that count still
CREATE INDEX live_decisions ON decisions (fingerprint) WHERE live = 1;
