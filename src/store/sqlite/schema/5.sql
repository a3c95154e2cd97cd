-- what random values are drawn from: made once, so that the same plan comes out twice
CREATE TABLE seeds (id INTEGER PRIMARY KEY CHECK (id = 1), octets BLOB NOT NULL) STRICT;
INSERT INTO seeds (id, octets) VALUES (1, randomblob(32));
