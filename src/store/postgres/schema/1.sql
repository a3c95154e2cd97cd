-- The tables of the embedded store, in this dialect; the same names, so that both share their statements.
-- Instants are nanoseconds since 1970 in UTC; people are the 16 octets of their UUID; fingerprints 32 octets.

CREATE TABLE meta (name text PRIMARY KEY, value bigint NOT NULL);
INSERT INTO meta (name, value) VALUES ('schema', 1), ('changes', 0), ('archived', 0);
-- names this store, so that a plan file of another one is told from its own
INSERT INTO meta (name, value)
    SELECT 'identity', ('x' || left(replace(gen_random_uuid()::text, '-', ''), 16))::bit(64)::bigint;

-- kind 0: the record of a person in a source; 1: the account under an account rule
CREATE TABLE links (
    kind bigint NOT NULL, rule text NOT NULL, anchor text NOT NULL,
    person bytea NOT NULL, why text NOT NULL, since bigint NOT NULL,
    PRIMARY KEY (kind, rule, anchor)
);
CREATE UNIQUE INDEX account_of_person ON links (person, rule) WHERE kind = 1;
CREATE TABLE link_packs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind bigint NOT NULL, rule text NOT NULL,
    form bigint NOT NULL, digest bytea NOT NULL, people bytea NOT NULL, anchors bytea NOT NULL,
    runs bytea NOT NULL, reasons bytea NOT NULL
);
CREATE TABLE hidden_links (
    kind bigint NOT NULL, rule text NOT NULL, anchor text NOT NULL, person bytea NOT NULL,
    PRIMARY KEY (kind, rule, anchor, person)
);

CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person bytea NOT NULL, event text NOT NULL,
    since bigint NOT NULL
);
CREATE TABLE timers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person bytea NOT NULL, rule text NOT NULL,
    kind text NOT NULL, base text NOT NULL
);
CREATE TABLE reservations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person bytea NOT NULL, rule text NOT NULL,
    attribute text NOT NULL, value text NOT NULL
);
CREATE TABLE grants (
    person bytea NOT NULL, rule text NOT NULL, system text NOT NULL, member_of text NOT NULL,
    PRIMARY KEY (person, rule, system, member_of)
);

-- part: accounts, groups; people (with an empty system) are the facts last settled
CREATE TABLE record_sets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, system text NOT NULL, part text NOT NULL,
    coverage text NOT NULL, records bigint NOT NULL, ended bigint NOT NULL, form bigint NOT NULL,
    attributes text NOT NULL, digest bytea NOT NULL, UNIQUE (system, part)
);
CREATE TABLE record_pieces (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record_set bigint NOT NULL REFERENCES record_sets (id) ON DELETE CASCADE,
    part bigint NOT NULL, octets bytea NOT NULL
);
CREATE INDEX record_pieces_of_set ON record_pieces (record_set, part);
CREATE TABLE read_attempts (system text PRIMARY KEY, ended bigint NOT NULL, trouble text);

-- the operations of a plan are those numbered from first to last, in the order of the run
CREATE TABLE plans (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seal bytea NOT NULL, now bigint NOT NULL,
    findings text NOT NULL, rails text NOT NULL, situations text NOT NULL, first bigint NOT NULL,
    last bigint NOT NULL, pruned bigint NOT NULL DEFAULT 0, used bigint,
    -- what policy demanded for its operations when it was made
    demands bytea
);
CREATE TABLE operations (
    id bigint PRIMARY KEY, plan bigint NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    fingerprint bytea NOT NULL, scheduled bigint NOT NULL, body bytea NOT NULL
);
CREATE UNIQUE INDEX operations_of_plan ON operations (plan, fingerprint);
CREATE TABLE releases (
    plan bigint NOT NULL REFERENCES plans (id) ON DELETE CASCADE, rail text NOT NULL,
    -- a release may be of a part: these fingerprints, 32 octets each; nothing is all
    operations bytea, "user" text NOT NULL, at bigint NOT NULL, reason text NOT NULL, PRIMARY KEY (plan, rail)
);

-- where operations stand, by fingerprint; what is not here is proposed
CREATE TABLE states (fingerprint bytea PRIMARY KEY, state text NOT NULL, until bigint);
-- live: neither withdrawn nor used up by an outcome; role: who was logged in at the database
CREATE TABLE decisions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, fingerprint bytea NOT NULL, live bigint NOT NULL,
    verdict text NOT NULL, until bigint, "user" text NOT NULL, ssh_client text, at bigint NOT NULL, reason text,
    role name NOT NULL DEFAULT session_user
);
CREATE INDEX decisions_by_fingerprint ON decisions (fingerprint);
CREATE INDEX live_decisions ON decisions (fingerprint) WHERE live = 1;

CREATE TABLE leases (system text PRIMARY KEY, token bigint NOT NULL, holder text, seen bigint NOT NULL);
CREATE TABLE runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, plan bigint NOT NULL REFERENCES plans (id),
    operations bigint NOT NULL, started bigint NOT NULL, ended bigint
);
CREATE INDEX runs_of_plan ON runs (plan);
CREATE TABLE journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run bigint NOT NULL REFERENCES runs (id),
    fingerprint bytea NOT NULL, at bigint NOT NULL, state text NOT NULL, message text NOT NULL,
    anchor text, location text, begun bigint
);
CREATE INDEX journal_by_fingerprint ON journal (fingerprint);
CREATE INDEX journal_of_run ON journal (run);
CREATE INDEX journal_by_time ON journal (at);
-- writes that were begun and whose outcome is not known; at: when, nothing once an outcome tells it
CREATE TABLE intents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, fingerprint bytea NOT NULL UNIQUE,
    run bigint NOT NULL REFERENCES runs (id), at bigint, write text NOT NULL
);

-- record is the line as it is exported; words is what a filter looks in
CREATE TABLE audit (
    sequence bigint PRIMARY KEY, hash text NOT NULL, record text NOT NULL, words text NOT NULL,
    role name NOT NULL DEFAULT session_user
);
-- against mistakes, the owner's too; what holds against others is that their roles may only add
-- archived: the number of the last record that was moved into an archive; only up to there records may go
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' AND old.sequence <= (SELECT value FROM meta WHERE name = 'archived') THEN
        RETURN old;
    END IF;
    RAISE EXCEPTION 'the audit is append-only';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_keeps_its_hashes BEFORE UPDATE ON audit
    FOR EACH ROW WHEN (new.sequence <> old.sequence OR new.hash <> old.hash)
    EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- A decision is never changed but by losing its force, and is never given back what it lost. Whoever may not decide
-- can only use all decisions about an operation up, never one of them so that an older one comes to light.
CREATE FUNCTION decisions_only_lose_force() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'decisions are kept';
    END IF;
    IF new.live > old.live OR (new.id, new.fingerprint, new.verdict, new.until, new."user", new.at, new.reason, new.role)
        IS DISTINCT FROM (old.id, old.fingerprint, old.verdict, old.until, old."user", old.at, old.reason, old.role) THEN
        RAISE EXCEPTION 'a decision cannot be changed: make another';
    END IF;
    IF NOT has_any_column_privilege(current_user, 'decisions', 'INSERT')
        AND EXISTS (SELECT 1 FROM decisions WHERE fingerprint = new.fingerprint AND live = 1) THEN
        RAISE EXCEPTION 'only a reviewer may take a decision back';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER decisions_only_lose_force AFTER UPDATE OR DELETE ON decisions
    FOR EACH ROW EXECUTE FUNCTION decisions_only_lose_force();

-- Nothing is approved without a decision that says so.
CREATE FUNCTION approved_by_decision() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (SELECT verdict FROM decisions WHERE fingerprint = new.fingerprint AND live = 1 ORDER BY id DESC LIMIT 1)
        IS DISTINCT FROM 'approve' THEN
        RAISE EXCEPTION 'nothing is approved without a decision';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER approved_by_decision BEFORE INSERT OR UPDATE ON states
    FOR EACH ROW WHEN (new.state = 'approved') EXECUTE FUNCTION approved_by_decision();

-- What random values are drawn from: made once, so that the same plan comes out twice.
CREATE TABLE seeds (id BIGINT PRIMARY KEY CHECK (id = 1), octets BYTEA NOT NULL);
INSERT INTO seeds (id, octets)
    VALUES (1, sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));
