-- The record: what business transactions leave behind, numbered, chained and signed by the sequencer.

-- Entries not yet numbered. Business transactions insert here, in any order and side by side; nobody waits for a number.
CREATE TABLE record_pending (
    entry_id bytea PRIMARY KEY CHECK (octet_length(entry_id) = 16),
    body bytea NOT NULL CHECK (octet_length(body) BETWEEN 1 AND 65536),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
CREATE INDEX record_pending_at ON record_pending (at, entry_id);

-- The record itself: gapless from 0. chain_hash is the value after the entry.
CREATE TABLE record_entry (
    seq bigint PRIMARY KEY CHECK (seq >= 0),
    entry_id bytea NOT NULL UNIQUE,
    body bytea NOT NULL,
    leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
    chain_hash bytea NOT NULL CHECK (octet_length(chain_hash) = 32)
);

-- Complete subtrees of two entries and more (RFC 6962), for proofs.
CREATE TABLE record_node (
    level smallint NOT NULL CHECK (level >= 1),
    index bigint NOT NULL CHECK (index >= 0),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (level, index)
);

-- Signed checkpoints: gapless from 0. written_at is the database's own time, by which health judges.
CREATE TABLE record_checkpoint (
    number bigint PRIMARY KEY CHECK (number >= 0),
    size bigint NOT NULL CHECK (size >= 0),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    note text NOT NULL,
    at timestamptz NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The key with which this record began, as one line of text; there is one, for good.
CREATE TABLE record_key (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    public_key text NOT NULL
);

-- Entries that could not be numbered: a flaw in a program. Kept, shown by health, never dropped.
CREATE TABLE record_refused (
    entry_id bytea NOT NULL,
    body bytea NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION record_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'record_append_only: % on % is refused; the record only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER record_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record_entry
    FOR EACH STATEMENT EXECUTE FUNCTION record_is_append_only();
CREATE TRIGGER record_node_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record_node
    FOR EACH STATEMENT EXECUTE FUNCTION record_is_append_only();
CREATE TRIGGER record_checkpoint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION record_is_append_only();
CREATE TRIGGER record_key_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record_key
    FOR EACH STATEMENT EXECUTE FUNCTION record_is_append_only();
CREATE TRIGGER record_refused_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record_refused
    FOR EACH STATEMENT EXECUTE FUNCTION record_is_append_only();
CREATE TRIGGER record_pending_not_rewritten BEFORE UPDATE OR TRUNCATE ON record_pending
    FOR EACH STATEMENT EXECUTE FUNCTION record_is_append_only();
