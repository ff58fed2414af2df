-- Contracts: which file each runs by, what was told of it, and two caches that a replay renews.

CREATE TABLE contract (
    id text PRIMARY KEY CHECK (id <> ''),
    form text NOT NULL,
    opened_at_ms bigint NOT NULL,
    last_seq bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0)
);

-- What was told, as it was told. Corrections are further rows; nothing is changed or taken out.
CREATE TABLE contract_event (
    contract text NOT NULL REFERENCES contract (id),
    seq bigint NOT NULL CHECK (seq >= 1),
    event_id text NOT NULL,
    told bytea NOT NULL CHECK (octet_length(told) BETWEEN 2 AND 65536),
    told_at_ms bigint NOT NULL,
    PRIMARY KEY (contract, seq),
    UNIQUE (contract, event_id)
);

-- What is due: one row for each open instance with a date, an hour, a manner or a blank. A cache.
CREATE TABLE contract_due (
    contract text NOT NULL REFERENCES contract (id),
    instance text NOT NULL,
    provision text NOT NULL,
    kind text NOT NULL,
    bearer text NOT NULL,
    counterparty text NOT NULL,
    state text NOT NULL,
    raw_day date,
    moved_day date,
    due_day date,
    target_day date,
    due_at_ms bigint,
    too_late_ms bigint,
    breached_on date,
    plain boolean NOT NULL,
    PRIMARY KEY (contract, instance)
);
CREATE INDEX contract_due_day ON contract_due (due_day, contract) WHERE due_day IS NOT NULL;

-- When time alone will change more than that a date has passed, and what the cache was made from. A cache.
CREATE TABLE contract_wake (
    contract text PRIMARY KEY REFERENCES contract (id),
    wake_at_ms bigint,
    made_at_ms bigint NOT NULL,
    from_seq bigint NOT NULL,
    made_of bytea NOT NULL
);
CREATE INDEX contract_wake_at ON contract_wake (wake_at_ms) WHERE wake_at_ms IS NOT NULL;

CREATE FUNCTION contract_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'contract_event_append_only: % on % is refused; what was told is corrected by telling again',
        TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER contract_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contract_event
    FOR EACH STATEMENT EXECUTE FUNCTION contract_event_is_append_only();
