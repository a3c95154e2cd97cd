-- the number of the last audit record that was moved into an archive: only up to there records may go
INSERT INTO meta (name, value) VALUES ('archived', 0);
DROP TRIGGER audit_is_append_only;
CREATE TRIGGER audit_is_append_only BEFORE DELETE ON audit
WHEN old.sequence > (SELECT value FROM meta WHERE name = 'archived')
BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
