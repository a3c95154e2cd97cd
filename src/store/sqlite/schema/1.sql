-- Instants are nanoseconds since 1970 in UTC; people are the 16 octets of their UUID; fingerprints 32 octets.

CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('changes', 0);

-- kind 0: the record of a person in a source; 1: the account under an account rule
CREATE TABLE links (
    kind INTEGER NOT NULL, rule TEXT NOT NULL, anchor TEXT NOT NULL,
    person BLOB NOT NULL, why TEXT NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (kind, rule, anchor)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_of_person ON links (person, rule) WHERE kind = 1;

CREATE TABLE events (
    id INTEGER PRIMARY KEY, person BLOB NOT NULL, event TEXT NOT NULL, since INTEGER NOT NULL
) STRICT;
CREATE TABLE timers (
    id INTEGER PRIMARY KEY, person BLOB NOT NULL, rule TEXT NOT NULL, kind TEXT NOT NULL, base TEXT NOT NULL
) STRICT;
CREATE TABLE reservations (
    id INTEGER PRIMARY KEY, person BLOB NOT NULL, rule TEXT NOT NULL, attribute TEXT NOT NULL, value TEXT NOT NULL
) STRICT;
CREATE TABLE grants (
    person BLOB NOT NULL, rule TEXT NOT NULL, system TEXT NOT NULL, member_of TEXT NOT NULL,
    PRIMARY KEY (person, rule, system, member_of)
) STRICT, WITHOUT ROWID;

-- part: accounts, groups; people (with an empty system) are the facts last settled
CREATE TABLE record_sets (
    id INTEGER PRIMARY KEY, system TEXT NOT NULL, part TEXT NOT NULL, coverage TEXT NOT NULL,
    records INTEGER NOT NULL, ended INTEGER NOT NULL, form INTEGER NOT NULL, attributes TEXT NOT NULL,
    digest BLOB NOT NULL, UNIQUE (system, part)
) STRICT;
CREATE TABLE record_pieces (
    id INTEGER PRIMARY KEY, record_set INTEGER NOT NULL REFERENCES record_sets (id) ON DELETE CASCADE,
    part INTEGER NOT NULL, octets BLOB NOT NULL
) STRICT;
CREATE INDEX record_pieces_of_set ON record_pieces (record_set, part);
CREATE TABLE read_attempts (system TEXT PRIMARY KEY, ended INTEGER NOT NULL, trouble TEXT) STRICT, WITHOUT ROWID;

-- the operations of a plan are those numbered from first to last, in the order of the run
CREATE TABLE plans (
    id INTEGER PRIMARY KEY AUTOINCREMENT, seal BLOB NOT NULL, now INTEGER NOT NULL, findings TEXT NOT NULL,
    rails TEXT NOT NULL, situations TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    pruned INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE operations (
    id INTEGER PRIMARY KEY, plan INTEGER NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    fingerprint BLOB NOT NULL, scheduled INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX operations_of_plan ON operations (plan, fingerprint);
CREATE TABLE releases (
    plan INTEGER NOT NULL REFERENCES plans (id) ON DELETE CASCADE, rail TEXT NOT NULL, PRIMARY KEY (plan, rail)
) STRICT, WITHOUT ROWID;

-- where operations stand, by fingerprint; what is not here is proposed
CREATE TABLE states (
    fingerprint BLOB PRIMARY KEY, state TEXT NOT NULL, until INTEGER
) STRICT, WITHOUT ROWID;
-- live: neither withdrawn nor used up by an outcome
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL, live INTEGER NOT NULL, verdict TEXT NOT NULL, until INTEGER,
    user TEXT NOT NULL, ssh_client TEXT, at INTEGER NOT NULL, reason TEXT
) STRICT;
CREATE INDEX decisions_by_fingerprint ON decisions (fingerprint);

CREATE TABLE leases (
    system TEXT PRIMARY KEY, token INTEGER NOT NULL, holder TEXT, seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, plan INTEGER NOT NULL REFERENCES plans (id), operations INTEGER NOT NULL,
    started INTEGER NOT NULL, ended INTEGER
) STRICT;
CREATE INDEX runs_of_plan ON runs (plan);
CREATE TABLE journal (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (id), fingerprint BLOB NOT NULL,
    at INTEGER NOT NULL, state TEXT NOT NULL, message TEXT NOT NULL, anchor TEXT, location TEXT
) STRICT;
CREATE INDEX journal_by_fingerprint ON journal (fingerprint);
CREATE INDEX journal_of_run ON journal (run);
CREATE INDEX journal_by_time ON journal (at);
-- writes that were begun and whose outcome is not known
CREATE TABLE intents (
    fingerprint BLOB PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (id), write TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- record is the line as it is exported; words is what a filter looks in
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY, hash TEXT NOT NULL, record TEXT NOT NULL, words TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_append_only BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_keeps_its_hashes BEFORE UPDATE ON audit
WHEN new.sequence <> old.sequence OR new.hash <> old.hash
BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
