-- What reconciliation keeps: register files with every row that they had, and the cases of differences with their history.

CREATE TABLE register_file (
    sha256 bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
    name text NOT NULL,
    received_ms bigint NOT NULL,
    encoding text NOT NULL,
    rows_read integer NOT NULL,
    accepted integer NOT NULL CHECK (accepted >= 0),
    listed integer NOT NULL CHECK (listed >= 0),
    faults text[] NOT NULL,
    CHECK (accepted + listed = rows_read)
);

-- One row for each movement of an issuance, whichever file brought it first.
CREATE TABLE register_row (
    issuance_id bytea NOT NULL CHECK (octet_length(issuance_id) = 16),
    movement smallint NOT NULL CHECK (movement IN (1, 2)),
    municipality text NOT NULL,
    kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 9),
    copies smallint NOT NULL CHECK (copies >= 1),
    fee_yen bigint NOT NULL CHECK (fee_yen BETWEEN 0 AND 1000000),
    at_ms bigint NOT NULL,
    day date NOT NULL,
    kiosk text NOT NULL,
    sha256 bytea NOT NULL REFERENCES register_file,
    line integer NOT NULL CHECK (line >= 2),
    -- The day with which it was closed; null while it waits for one.
    booked_on date,
    PRIMARY KEY (issuance_id, movement),
    UNIQUE (sha256, line)
);
CREATE INDEX register_row_waiting ON register_row (day) WHERE booked_on IS NULL;
CREATE INDEX register_row_booked ON register_row (booked_on) WHERE booked_on IS NOT NULL;

CREATE TABLE register_listed_row (
    sha256 bytea NOT NULL REFERENCES register_file,
    line integer NOT NULL CHECK (line >= 2),
    reason text NOT NULL CHECK (reason <> ''),
    raw bytea NOT NULL,
    PRIMARY KEY (sha256, line)
);

-- At commit: each row that a file had was taken in or listed. None vanishes.
CREATE FUNCTION register_file_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM register_row WHERE sha256 = NEW.sha256) <> NEW.accepted
       OR (SELECT count(*) FROM register_listed_row WHERE sha256 = NEW.sha256) <> NEW.listed THEN
        RAISE EXCEPTION 'register_file_not_whole: % rows were read', NEW.rows_read USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER register_file_is_whole AFTER INSERT ON register_file
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION register_file_is_whole();

-- A difference between the center and a side, for as long as it is known.
CREATE TABLE reconciliation_case (
    issuance_id bytea NOT NULL CHECK (octet_length(issuance_id) = 16),
    movement smallint NOT NULL CHECK (movement IN (1, 2)),
    side text NOT NULL CHECK (side IN ('center', 'municipality', 'register')),
    sort text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'proposed', 'agreed', 'settled')),
    version integer NOT NULL CHECK (version > 0),
    opened_in text NOT NULL CHECK (opened_in ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    seen_in text NOT NULL CHECK (seen_in >= opened_in),
    owner text NOT NULL CHECK (owner <> ''),
    due_on date NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (issuance_id, movement, side)
);
CREATE INDEX reconciliation_case_open ON reconciliation_case (due_on) WHERE state <> 'settled';

CREATE TABLE reconciliation_case_event (
    issuance_id bytea NOT NULL,
    movement smallint NOT NULL,
    side text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    event text NOT NULL,
    state text NOT NULL,
    party text NOT NULL DEFAULT '',
    person text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    body bytea NOT NULL,
    at_ms bigint NOT NULL,
    PRIMARY KEY (issuance_id, movement, side, version),
    FOREIGN KEY (issuance_id, movement, side) REFERENCES reconciliation_case DEFERRABLE INITIALLY DEFERRED
);

-- Rows that a correction books in a view: what was wrong taken back (-1), what is right put in its place (1).
CREATE TABLE reconciliation_correction (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    view text NOT NULL CHECK (view IN ('center', 'municipality', 'register')),
    issuance_id bytea NOT NULL CHECK (octet_length(issuance_id) = 16),
    movement smallint NOT NULL CHECK (movement IN (1, 2)),
    municipality text NOT NULL,
    kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 9),
    copies smallint NOT NULL CHECK (copies >= 1),
    fee_yen bigint NOT NULL CHECK (fee_yen BETWEEN 0 AND 1000000),
    delivered_on date NOT NULL,
    kiosk text NOT NULL,
    sign smallint NOT NULL CHECK (sign IN (-1, 1)),
    reason text NOT NULL CHECK (reason <> ''),
    at_ms bigint NOT NULL,
    booked_on date
);
CREATE INDEX reconciliation_correction_waiting ON reconciliation_correction (number) WHERE booked_on IS NULL;

-- What was open at the end of a month, as it goes into the next one.
CREATE TABLE reconciliation_month (
    month text PRIMARY KEY CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    at_ms bigint NOT NULL,
    carried bytea NOT NULL
);

CREATE FUNCTION reconciliation_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'reconciliation_append_only: % on % is refused; corrections are further rows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER register_file_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON register_file
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_is_append_only();
CREATE TRIGGER register_listed_row_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON register_listed_row
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_is_append_only();
CREATE TRIGGER reconciliation_case_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reconciliation_case_event
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_is_append_only();
CREATE TRIGGER reconciliation_case_kept BEFORE DELETE OR TRUNCATE ON reconciliation_case
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_is_append_only();
CREATE TRIGGER register_row_kept BEFORE DELETE OR TRUNCATE ON register_row
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_is_append_only();
CREATE TRIGGER reconciliation_correction_kept BEFORE DELETE OR TRUNCATE ON reconciliation_correction
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_is_append_only();

-- Of a row that waits, only the day changes with which it is closed, and that once.
CREATE FUNCTION reconciliation_books_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.booked_on IS NOT NULL OR NEW.booked_on IS NULL OR (to_jsonb(NEW) - 'booked_on') <> (to_jsonb(OLD) - 'booked_on')
    THEN
        RAISE EXCEPTION 'reconciliation_books_once: a row is closed with one day, and nothing else of it changes'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER register_row_books_once BEFORE UPDATE ON register_row
    FOR EACH ROW EXECUTE FUNCTION reconciliation_books_once();
CREATE TRIGGER reconciliation_correction_books_once BEFORE UPDATE ON reconciliation_correction
    FOR EACH ROW EXECUTE FUNCTION reconciliation_books_once();

-- A case moves by one version at a time, each with its event in the same transaction.
CREATE FUNCTION reconciliation_case_has_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_OP = 'UPDATE' AND NEW.version <> OLD.version + 1) OR (TG_OP = 'INSERT' AND NEW.version <> 1) OR NOT EXISTS (
        SELECT FROM reconciliation_case_event e WHERE e.issuance_id = NEW.issuance_id AND e.movement = NEW.movement
          AND e.side = NEW.side AND e.version = NEW.version AND e.state = NEW.state) THEN
        RAISE EXCEPTION 'reconciliation_case_without_event: a case moves by an event only'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER reconciliation_case_has_event AFTER INSERT OR UPDATE ON reconciliation_case
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION reconciliation_case_has_event();
