-- Links made many at a time, by column; those made one by one since are rows of `links`.
-- people: 16 octets each; anchors and reasons: their number, where each ends, then the text
CREATE TABLE link_packs (
    id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, rule TEXT NOT NULL, form INTEGER NOT NULL, digest BLOB NOT NULL,
    people BLOB NOT NULL, anchors BLOB NOT NULL, runs BLOB NOT NULL, reasons BLOB NOT NULL
) STRICT;
-- links in packs that hold no longer: those of a record (no person), of a person (no anchor), or one (both)
CREATE TABLE hidden_links (
    kind INTEGER NOT NULL, rule TEXT NOT NULL, anchor TEXT NOT NULL, person BLOB NOT NULL,
    PRIMARY KEY (kind, rule, anchor, person)
) STRICT, WITHOUT ROWID;
