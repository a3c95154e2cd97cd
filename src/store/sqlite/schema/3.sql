-- names this store, so that a plan file of another one is told from its own
INSERT INTO meta (name, value) VALUES ('identity', random());
-- when the plan was used up by applying its file
ALTER TABLE plans ADD COLUMN used INTEGER;
