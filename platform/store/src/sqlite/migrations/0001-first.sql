-- What is kept (platform/store/src/rows.rs says what each thing means).
-- Times are nanoseconds since 1970; keys are packed bytes (sqlite/key.rs).

CREATE TABLE sighting (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,       -- sensor, network, MAC, IP
    intervals BLOB NOT NULL         -- format byte, then postcard (sqlite/blob.rs)
);

-- Sightings that the cached assets do not know all of yet: small, so that marking
-- one does not rewrite it.
CREATE TABLE stale (sighting INTEGER PRIMARY KEY);

-- Two tables, since lists read all summaries and no document.
CREATE TABLE summary (id TEXT PRIMARY KEY, summary BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE document_of_asset (id TEXT PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE alias (id TEXT PRIMARY KEY, now TEXT NOT NULL) WITHOUT ROWID;

-- The key begins with the start, so newest first is the key backwards, in every index.
CREATE TABLE talk (
    key BLOB PRIMARY KEY,           -- start, network, client, server, port, transport, sensor, run
    client BLOB NOT NULL,           -- network, IP
    server BLOB NOT NULL,
    sensor INTEGER NOT NULL,
    network INTEGER NOT NULL,
    port INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    body BLOB NOT NULL              -- format byte, then postcard of the conversation
) WITHOUT ROWID;
CREATE INDEX talk_client ON talk (client);
CREATE INDEX talk_server ON talk (server);
CREATE INDEX talk_port ON talk (port);

CREATE TABLE tally (
    id INTEGER PRIMARY KEY,
    client BLOB NOT NULL,
    server BLOB NOT NULL,
    port INTEGER NOT NULL,
    transport INTEGER NOT NULL,
    sensor INTEGER NOT NULL,
    last INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (client, port, transport, server, sensor)
);
CREATE INDEX tally_server ON tally (server, port, transport, client, sensor);

CREATE TABLE line (
    sensor INTEGER NOT NULL,
    epoch BLOB NOT NULL,
    next INTEGER NOT NULL,
    nonce BLOB NOT NULL,
    offered BLOB,
    since INTEGER NOT NULL,
    quarantined INTEGER NOT NULL,
    mark BLOB NOT NULL,
    PRIMARY KEY (sensor, epoch)
) WITHOUT ROWID;

CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    last INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX event_last ON event (last, number);

CREATE TABLE document (
    kind INTEGER NOT NULL,
    id TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
