//! Every statement the stores send, in one list for both databases: what their dialects share. `SQLite` takes `?1`
//! as it is, for a server it becomes `$1`. Where the dialects differ a statement has a text for each. A test prepares
//! each one.

/// A statement, in both dialects.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Sql {
    /// For the embedded database.
    pub(in crate::store) sqlite: &'static str,
    /// For a server.
    pub(in crate::store) postgres: &'static str,
}

macro_rules! statements {
    ($($name:ident = $text:literal $(| $postgres:literal)?;)*) => {
        $(pub(super) const $name: Sql = statements!(@ $text $(| $postgres)?);)*

        /// All of them, for the tests that prepare each.
        #[cfg(test)]
        pub(in crate::store) const ALL: &[(&str, Sql)] = &[$((stringify!($name), $name)),*];
    };
    (@ $text:literal) => { Sql { sqlite: $text, postgres: $text } };
    (@ $text:literal | $postgres:literal) => { Sql { sqlite: $text, postgres: $postgres } };
}

statements! {
    COUNT_CHANGE = "UPDATE meta SET value = value + 1 WHERE name = 'changes'"
        | "WITH counted AS (UPDATE meta SET value = value + 1 WHERE name = 'changes' RETURNING value)
            SELECT pg_notify('usher ' || current_schema(), current_setting('application_name')) FROM counted";
    CHANGES = "SELECT value FROM meta WHERE name = 'changes'";

    IDENTITY = "SELECT value FROM meta WHERE name = 'identity'";
    SEED = "SELECT octets FROM seeds WHERE id = 1";

    LINKS = "SELECT kind, rule, anchor, person, '', since FROM links";
    LINKS_WITH_REASONS = "SELECT kind, rule, anchor, person, why, since FROM links";
    COUNT_LINKS = "SELECT count(*) FROM links";
    CLEAR_LINKS = "DELETE FROM links";
    HAS_PACKS = "SELECT EXISTS (SELECT 1 FROM link_packs)";
    PACKS = "SELECT kind, rule, form, digest, people, anchors, runs, NULL FROM link_packs ORDER BY id";
    PACKS_WITH_REASONS = "SELECT kind, rule, form, digest, people, anchors, runs, reasons FROM link_packs
        ORDER BY id";
    PACKS_SIZES = "SELECT kind, rule, sum(length(people)), sum(length(anchors)) FROM link_packs
        GROUP BY kind, rule";
    PACK = "SELECT kind, rule, form, digest, people, anchors, runs, reasons FROM link_packs WHERE id = ?1";
    PACKS_OF = "SELECT kind, rule, form, digest, people, anchors, runs, reasons FROM link_packs
        WHERE kind = ?1 AND rule = ?2 ORDER BY id";
    PACKED_PEOPLE = "SELECT id, people FROM link_packs WHERE kind = ?1 ORDER BY id";
    ADD_PACK = "INSERT INTO link_packs (kind, rule, form, digest, people, anchors, runs, reasons)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    CLEAR_PACKS = "DELETE FROM link_packs";
    HIDDEN_LINKS = "SELECT kind, rule, anchor, person FROM hidden_links";
    HIDE_LINKS = "INSERT INTO hidden_links (kind, rule, anchor, person) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO NOTHING";
    CLEAR_HIDDEN_LINKS = "DELETE FROM hidden_links";
    ACCOUNTS_OF = "SELECT kind, rule, anchor, person, why, since FROM links WHERE kind = 1 AND person = ?1";
    SOURCES_OF = "SELECT kind, rule, anchor, person, why, since FROM links WHERE kind = 0 AND person = ?1
        ORDER BY since";
    OWNER_OF = "SELECT kind, rule, anchor, person, why, since FROM links
        WHERE kind = ?1 AND rule = ?2 AND anchor = ?3";
    RESERVATIONS_OF = "SELECT rule, attribute, value FROM reservations WHERE person = ?1 ORDER BY id";
    // where a row that is added does not take their place: two statements, each with an index, because one with OR
    // walks through all links of the rule for every new one
    REPLACE_LINK = "DELETE FROM links WHERE kind = ?1 AND rule = ?2 AND anchor = ?3";
    REPLACE_ACCOUNT = "DELETE FROM links WHERE kind = 1 AND rule = ?1 AND person = ?2";
    ADD_LINK = "INSERT OR REPLACE INTO links (kind, rule, anchor, person, why, since)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        | "INSERT INTO links (kind, rule, anchor, person, why, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    DROP_LINK = "DELETE FROM links WHERE kind = ?1 AND rule = ?2 AND anchor = ?3 AND person = ?4";

    EVENTS = "SELECT person, event, since FROM events ORDER BY id";
    CLEAR_EVENTS = "DELETE FROM events";
    ADD_EVENT = "INSERT INTO events (person, event, since) VALUES (?1, ?2, ?3)";
    TIMERS = "SELECT person, rule, kind, base FROM timers ORDER BY id";
    CLEAR_TIMERS = "DELETE FROM timers";
    ADD_TIMER = "INSERT INTO timers (person, rule, kind, base) VALUES (?1, ?2, ?3, ?4)";
    RESERVATIONS = "SELECT person, rule, attribute, value FROM reservations ORDER BY id";
    CLEAR_RESERVATIONS = "DELETE FROM reservations";
    ADD_RESERVATION = "INSERT INTO reservations (person, rule, attribute, value) VALUES (?1, ?2, ?3, ?4)";
    GRANTS = "SELECT person, rule, system, member_of FROM grants";
    ADD_GRANT = "INSERT INTO grants (person, rule, system, member_of) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO NOTHING";
    DROP_GRANT = "DELETE FROM grants WHERE person = ?1 AND rule = ?2 AND system = ?3 AND member_of = ?4";

    RECORD_SET = "SELECT id, coverage, records, ended, form, attributes, digest FROM record_sets
        WHERE system = ?1 AND part = ?2";
    TOUCH_RECORD_SET = "UPDATE record_sets SET coverage = ?2, ended = ?3 WHERE id = ?1";
    PATCH_RECORD_SET = "UPDATE record_sets SET coverage = ?2, records = ?3, ended = ?4, form = ?5, digest = ?6
        WHERE id = ?1";
    DROP_RECORD_SET = "DELETE FROM record_sets WHERE system = ?1 AND part = ?2";
    ADD_RECORD_SET = "INSERT INTO record_sets
        (system, part, coverage, records, ended, form, attributes, digest)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id";
    ADD_PIECE = "INSERT INTO record_pieces (record_set, part, octets) VALUES (?1, ?2, ?3)";
    PIECES = "SELECT part, octets FROM record_pieces WHERE record_set = ?1 ORDER BY part, id";
    PIECES_SIZES = "SELECT part, sum(length(octets)) FROM record_pieces WHERE record_set = ?1 GROUP BY part";
    READ_ATTEMPTS = "SELECT system, ended, trouble FROM read_attempts ORDER BY system";
    NOTE_ATTEMPT = "INSERT INTO read_attempts (system, ended, trouble) VALUES (?1, ?2, ?3)
        ON CONFLICT (system) DO UPDATE SET ended = excluded.ended, trouble = excluded.trouble";

    CURRENT_PLAN = "SELECT id, seal, now, findings, rails, situations, demands FROM plans ORDER BY id DESC LIMIT 1";
    PLAN = "SELECT id, seal, now, findings, rails, situations, demands FROM plans WHERE id = ?1 AND pruned = 0";
    USE_UP_PLAN = "UPDATE plans SET used = ?2 WHERE id = ?1 AND used IS NULL
        AND NOT EXISTS (SELECT 1 FROM runs WHERE plan = ?1)";
    PLAN_USED = "SELECT coalesce(used, (SELECT min(started) FROM runs WHERE plan = plans.id))
        FROM plans WHERE id = ?1";
    LAST_OPERATION = "SELECT coalesce(max(id), 0) FROM operations";
    ADD_PLAN = "INSERT INTO plans (seal, now, findings, rails, situations, first, last, demands)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id";
    ADD_OPERATION = "INSERT INTO operations (id, plan, fingerprint, scheduled, body) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (plan, fingerprint) DO NOTHING";
    OPERATIONS = "SELECT o.fingerprint, o.scheduled, o.body
        FROM plans p JOIN operations o ON o.id BETWEEN p.first AND p.last
        WHERE p.id = ?1 ORDER BY o.id";
    OPERATION_COUNT = "SELECT last - first + 1 FROM plans WHERE id = ?1";
    OPERATION = "SELECT fingerprint, scheduled, body FROM operations WHERE plan = ?1 AND fingerprint = ?2";
    FIND_OPERATIONS = "SELECT fingerprint FROM operations
        WHERE plan = ?1 AND fingerprint BETWEEN ?2 AND ?3 ORDER BY fingerprint";
    RESET_STATES = "DELETE FROM states WHERE state IN ('applied', 'verified', 'conflict') OR (state = 'failed'
        AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.fingerprint = states.fingerprint AND d.live = 1))";
    KEPT_PLANS = "SELECT id, last - first + 1 FROM plans WHERE pruned = 0 ORDER BY id DESC";
    PRUNE_OPERATIONS = "DELETE FROM operations WHERE plan = ?1 AND NOT EXISTS (
        SELECT 1 FROM runs r JOIN journal j ON j.run = r.id AND j.operation = operations.id WHERE r.plan = ?1)
        AND fingerprint NOT IN (SELECT fingerprint FROM intents)";
    DROP_PLAN = "DELETE FROM plans WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM runs WHERE plan = ?1)";
    PRUNE_PLAN = "UPDATE plans SET pruned = 1, findings = '[]', rails = '[]', situations = '{}', demands = NULL
        WHERE id = ?1";
    RELEASES = "SELECT rail, operations, \"user\", at, reason FROM releases WHERE plan = ?1 ORDER BY rail";
    ADD_RELEASE = "INSERT INTO releases (plan, rail, operations, \"user\", at, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (plan, rail) DO UPDATE SET operations = excluded.operations, \"user\" = excluded.\"user\",
        at = excluded.at, reason = excluded.reason";

    STATES = "SELECT fingerprint, state, until FROM states";
    STATE = "SELECT state, until FROM states WHERE fingerprint = ?1";
    SET_STATE = "INSERT INTO states (fingerprint, state, until) VALUES (?1, ?2, ?3)
        ON CONFLICT (fingerprint) DO UPDATE SET state = excluded.state, until = excluded.until";
    BEGIN = "UPDATE states SET state = 'running', until = NULL, intent = ?2, run = ?3, begun = ?4
        WHERE fingerprint = ?1 AND state = 'approved'";
    CONCLUDE = "UPDATE states SET state = ?3, until = NULL
        WHERE fingerprint = ?1 AND run = ?2 AND state IN ('running', 'unknown')";
    CONCLUDE_AND_TELL = "UPDATE states SET state = ?3, until = NULL
        WHERE fingerprint = ?1 AND run = ?2 AND state IN ('running', 'unknown') RETURNING intent, begun";
    BEGUN = "SELECT intent, begun FROM states
        WHERE fingerprint = ?1 AND run = ?2 AND state IN ('running', 'unknown')";
    LEAVE_UNKNOWN = "UPDATE states SET state = 'unknown', until = NULL, begun = NULL WHERE fingerprint = ?1";
    CLEAR_STATE = "DELETE FROM states WHERE fingerprint = ?1";
    ADD_DECISION = "INSERT INTO decisions (fingerprint, live, verdict, until, \"user\", ssh_client, at, reason)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    WITHDRAW = "UPDATE decisions SET live = 0
        WHERE id = (SELECT max(id) FROM decisions WHERE fingerprint = ?1 AND live = 1)";
    USE_UP = "UPDATE decisions SET live = 0 WHERE fingerprint = ?1 AND live = 1";
    LIVE_DECISION = "SELECT verdict, until FROM decisions
        WHERE fingerprint = ?1 AND live = 1 ORDER BY id DESC LIMIT 1";
    DECISIONS = "SELECT verdict, until, \"user\", ssh_client, at, reason FROM decisions
        WHERE fingerprint = ?1 ORDER BY id DESC";
    LIVE_DECISIONS = "SELECT d.verdict, d.until, d.\"user\", d.ssh_client, d.at, d.reason, d.fingerprint
        FROM decisions d JOIN operations o ON o.plan = ?1 AND o.fingerprint = d.fingerprint
        WHERE d.live = 1 ORDER BY d.id";
    LIVE_DECISIONS_ABOUT = "SELECT verdict, until, \"user\", ssh_client, at, reason FROM decisions
        WHERE fingerprint = ?1 AND live = 1 ORDER BY id";
    APPLIED_SINCE = "SELECT max(j.at), j.fingerprint, o.body FROM journal j JOIN runs r ON r.id = j.run
        JOIN operations o ON o.id = j.operation
        WHERE j.at >= ?1 AND j.state IN ('applied', 'verified') GROUP BY j.run, j.fingerprint, o.id";

    LEASE = "SELECT token, holder, seen FROM leases WHERE system = ?1";
    TAKE_LEASE = "INSERT INTO leases (system, token, holder, seen) VALUES (?1, 1, ?2, ?3)
        ON CONFLICT (system)
        DO UPDATE SET token = leases.token + 1, holder = excluded.holder, seen = excluded.seen
        RETURNING token";
    RENEW_LEASE = "UPDATE leases SET seen = CASE WHEN seen < ?3 THEN ?3 ELSE seen END
        WHERE system = ?1 AND token = ?2 AND holder IS NOT NULL";
    GIVE_BACK_LEASE = "UPDATE leases SET holder = NULL WHERE system = ?1 AND token = ?2";

    START_RUN = "INSERT INTO runs (plan, operations, started) VALUES (?1, ?2, ?3) RETURNING id";
    PLAN_OF_RUN = "SELECT plan FROM runs WHERE id = ?1";
    END_RUN = "UPDATE runs SET ended = ?2 WHERE id = ?1";
    LAST_RUN = "SELECT id, started, ended FROM runs ORDER BY id DESC LIMIT 1";
    LAST_INTENT = "SELECT coalesce(max(id), 0) FROM intents";
    ADD_INTENT = "INSERT INTO intents (id, fingerprint, run, write) VALUES (?1, ?2, ?3, ?4)";
    DROP_INTENTS = "DELETE FROM intents WHERE id BETWEEN ?1 AND ?2";
    INTENTS = "SELECT run, fingerprint, write FROM intents ORDER BY run, fingerprint";
    // an outcome knows where its operation lies, and is found by it: see `JOURNAL`
    ADD_JOURNAL = "INSERT INTO journal
        (run, fingerprint, begun, at, state, message, anchor, location, operation, mends)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
            (SELECT o.id FROM runs r JOIN operations o ON o.plan = r.plan AND o.fingerprint = ?2 WHERE r.id = ?1),
            (SELECT 1 FROM journal WHERE fingerprint = ?9 AND state = 'failed' LIMIT 1))";
    JOURNAL = "SELECT j.run, j.fingerprint, j.at, j.state, j.message, j.begun
        FROM runs r JOIN operations o ON o.plan = r.plan AND o.fingerprint = ?1
            JOIN journal j ON j.run = r.id AND j.operation = o.id ORDER BY j.id";
    OPEN_INTENT = "SELECT run, fingerprint, begun FROM states
        WHERE fingerprint = ?1 AND state IN ('running', 'unknown') AND begun IS NOT NULL";
    RUN_JOURNAL = "SELECT run, fingerprint, at, state, message, begun FROM journal WHERE run = ?1 ORDER BY id";
    OPEN_INTENTS = "SELECT s.run, s.fingerprint, s.begun
        FROM intents i JOIN states s ON s.fingerprint = i.fingerprint
        WHERE s.run = ?1 AND s.state IN ('running', 'unknown') AND s.begun IS NOT NULL ORDER BY i.id";
    PLACED = "SELECT j.fingerprint, j.anchor, j.location FROM runs r JOIN journal j ON j.run = r.id
        WHERE r.plan = ?1 AND j.state IN ('applied', 'verified') AND j.anchor IS NOT NULL AND j.location IS NOT NULL
        ORDER BY j.id";
    PLACED_BY = "SELECT fingerprint, anchor, location FROM journal
        WHERE run = ?1 AND state IN ('applied', 'verified') AND anchor IS NOT NULL AND location IS NOT NULL
        ORDER BY id";
    FIND_APPLIED = "SELECT max(r.id), o.fingerprint
        FROM runs r JOIN operations o ON o.plan = r.plan AND o.fingerprint BETWEEN ?1 AND ?2
            JOIN journal j ON j.run = r.id AND j.operation = o.id
        WHERE j.state IN ('applied', 'verified') GROUP BY o.fingerprint";
    HISTORY = "SELECT at / 86400000000000,
            count(DISTINCT CASE WHEN state IN ('applied', 'verified') THEN fingerprint END),
            count(DISTINCT CASE WHEN state = 'failed' THEN fingerprint END)
        FROM journal WHERE at >= ?1 AND state IN ('applied', 'verified', 'failed') GROUP BY 1 ORDER BY 1";

    QUARANTINES = "SELECT system, rule, cause, reason, since, tries, next FROM quarantines ORDER BY system, rule";
    SET_QUARANTINE = "INSERT INTO quarantines (system, rule, cause, reason, since, tries, next)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (system, rule) DO UPDATE SET cause = excluded.cause,
        reason = excluded.reason, since = excluded.since, tries = excluded.tries, next = excluded.next";
    END_QUARANTINE = "DELETE FROM quarantines WHERE system = ?1 AND rule = ?2";
    HELD_READS = "SELECT system, read, records, earlier, why, at, \"user\", accepted, reason FROM held_reads
        ORDER BY system";
    HOLD_READ = "INSERT INTO held_reads (system, read, records, earlier, why, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (system) DO UPDATE SET records = excluded.records, earlier = excluded.earlier,
        why = excluded.why, at = excluded.at";
    DROP_OTHER_HELD_READ = "DELETE FROM held_reads WHERE system = ?1 AND read <> ?2";
    DROP_HELD_READ = "DELETE FROM held_reads WHERE system = ?1";
    ACCEPT_READ = "UPDATE held_reads SET \"user\" = ?3, accepted = ?4, reason = ?5 WHERE system = ?1 AND read = ?2";
    // by the order of the index of failures: they are few, and the operations of a plan are many
    FAILURES = "SELECT j.fingerprint, j.at FROM journal j
        WHERE j.state = 'failed' AND EXISTS (SELECT 1 FROM operations o WHERE o.plan = ?1
            AND o.fingerprint = j.fingerprint)
        AND NOT EXISTS (SELECT 1 FROM journal later WHERE later.fingerprint = j.fingerprint
            AND later.id > j.id AND later.mends = 1)
        ORDER BY j.fingerprint, j.at";
    NOTE_CANARY = "UPDATE runs SET canary = ?2 WHERE id = ?1";
    CANARY = "SELECT canary FROM runs WHERE plan = ?1 ORDER BY id DESC LIMIT 1";

    AUDIT_HEAD = "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1";
    ADD_AUDIT = "INSERT INTO audit (sequence, hash, record, words) VALUES (?1, ?2, ?3, ?4)";
    AUDIT_COUNT = "SELECT coalesce((SELECT max(sequence) FROM audit) - (SELECT min(sequence) FROM audit) + 1, 0)";
    AUDIT_HASH = "SELECT hash FROM audit WHERE sequence = ?1";
    ERASE_AUDIT = "UPDATE audit SET record = ?2, words = ?3 WHERE sequence = ?1";
    ARCHIVE_AUDIT = "UPDATE meta SET value = ?1 WHERE name = 'archived'";
    FORGET_AUDIT = "DELETE FROM audit WHERE sequence <= ?1";
    AUDIT_PAGE = "SELECT record FROM audit ORDER BY sequence DESC LIMIT ?1 OFFSET ?2";
    AUDIT_COUNT_FILTERED = "SELECT count(*) FROM audit WHERE NOT EXISTS (
        SELECT 1 FROM json_each(?1) w WHERE instr(audit.words, w.value) = 0)"
        | "SELECT count(*) FROM audit WHERE NOT EXISTS (
            SELECT 1 FROM json_array_elements_text(CAST(?1 AS text)::json) w WHERE strpos(audit.words, w) = 0)";
    AUDIT_PAGE_FILTERED = "SELECT record FROM audit WHERE NOT EXISTS (
        SELECT 1 FROM json_each(?3) w WHERE instr(audit.words, w.value) = 0)
        ORDER BY sequence DESC LIMIT ?1 OFFSET ?2"
        | "SELECT record FROM audit WHERE NOT EXISTS (
            SELECT 1 FROM json_array_elements_text(CAST(?3 AS text)::json) w WHERE strpos(audit.words, w) = 0)
            ORDER BY sequence DESC LIMIT ?1 OFFSET ?2";
    AUDIT_FROM = "SELECT record FROM audit WHERE sequence >= ?1 ORDER BY sequence";
}
