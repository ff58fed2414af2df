-- The journal of entrusted fees (仕訳帳): double entry in whole yen, corrected by reversal only.
--
-- A debit is a positive number of yen and a credit a negative one; the lines of a posting sum to zero, which the
-- database checks at commit, whoever wrote them. Nothing is changed or taken out.

CREATE TABLE settlement_account (
    code text PRIMARY KEY,
    grows_by text NOT NULL CHECK (grows_by IN ('debit', 'credit'))
);
INSERT INTO settlement_account(code, grows_by) VALUES
    ('fees-at-shops', 'debit'),
    ('cash', 'debit'),
    ('commission-due', 'debit'),
    ('overremitted', 'debit'),
    ('fees-owed', 'credit'),
    ('commission', 'credit'),
    ('consumption-tax', 'credit'),
    ('late-charge', 'debit'),
    ('late-charge-owed', 'credit'),
    ('late-charge-waived', 'credit');

-- A month of one municipality. No row: open, and nothing was ever booked into it.
CREATE TABLE settlement_period (
    municipality text NOT NULL CHECK (municipality <> ''),
    month text NOT NULL CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    version integer NOT NULL DEFAULT 0 CHECK (version >= 0),
    PRIMARY KEY (municipality, month)
);

-- Each close and each reopening, with who and why, and the digest of the statement as it was closed.
CREATE TABLE settlement_period_event (
    municipality text NOT NULL,
    month text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    state text NOT NULL CHECK (state IN ('open', 'closed')),
    person text NOT NULL CHECK (person <> ''),
    reason text NOT NULL CHECK (state = 'closed' OR reason <> ''),
    statement bytea CHECK ((state = 'closed') = (statement IS NOT NULL)),
    at_ms bigint NOT NULL,
    PRIMARY KEY (municipality, month, version),
    FOREIGN KEY (municipality, month) REFERENCES settlement_period
);

CREATE TABLE settlement_posting (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    posting_id bytea PRIMARY KEY CHECK (octet_length(posting_id) = 16),
    municipality text NOT NULL,
    -- What the posting is about, as its writer names it: the same key is the same posting.
    key text NOT NULL CHECK (key <> ''),
    content bytea NOT NULL CHECK (octet_length(content) = 32),
    sort text NOT NULL CHECK (sort IN (
        'fee-taken', 'refund', 'commission', 'set-off', 'remittance', 'shop-payment', 'commission-payment',
        'late-charge', 'late-charge-payment', 'waiver', 'return', 'reversal'
    )),
    -- The month in whose statement it stands. Never before the month of its day; later if that one was closed.
    month text NOT NULL,
    effective_on date NOT NULL,
    booked_on date NOT NULL,
    booked_ms bigint NOT NULL,
    issuance_id bytea CHECK (octet_length(issuance_id) = 16),
    counts text NOT NULL DEFAULT '' CHECK (counts IN ('', 'delivered', 'voided')),
    times smallint NOT NULL DEFAULT 1 CHECK (times IN (1, -1)),
    kind text NOT NULL DEFAULT '' CHECK ((kind = '') = (counts = '')),
    copies integer NOT NULL DEFAULT 0 CHECK ((copies > 0) = (counts <> '')),
    delivered_on date CHECK ((delivered_on IS NULL) = (counts = '')),
    reverses bytea UNIQUE REFERENCES settlement_posting (posting_id),
    reason text NOT NULL DEFAULT '' CHECK (sort <> 'reversal' OR reason <> ''),
    written_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (municipality, key),
    CHECK ((sort = 'reversal') = (reverses IS NOT NULL)),
    CHECK (month >= to_char(effective_on, 'YYYY-MM')),
    FOREIGN KEY (municipality, month) REFERENCES settlement_period
);
CREATE INDEX settlement_posting_month ON settlement_posting (municipality, month, sort);
CREATE INDEX settlement_posting_issuance ON settlement_posting (issuance_id) WHERE issuance_id IS NOT NULL;

CREATE TABLE settlement_line (
    posting_id bytea NOT NULL REFERENCES settlement_posting,
    line smallint NOT NULL CHECK (line > 0),
    account text NOT NULL REFERENCES settlement_account,
    yen bigint NOT NULL,
    -- The month whose debt it moves, empty for that of the posting itself; and the chain whose till, if any.
    debt_month text NOT NULL DEFAULT '' CHECK (debt_month ~ '^([0-9]{4}-(0[1-9]|1[0-2]))?$'),
    chain text NOT NULL DEFAULT '',
    PRIMARY KEY (posting_id, line)
);

-- What the parties told of a municipality's contract beside money: designated days, inspections, waivers, notices.
CREATE TABLE settlement_told (
    municipality text NOT NULL CHECK (municipality <> ''),
    seq integer NOT NULL CHECK (seq > 0),
    event_id text NOT NULL,
    told bytea NOT NULL CHECK (octet_length(told) BETWEEN 2 AND 65536),
    told_ms bigint NOT NULL,
    PRIMARY KEY (municipality, seq),
    UNIQUE (municipality, event_id)
);

-- Which shop a kiosk stands in, and which chain runs it, from a day on.
CREATE TABLE settlement_kiosk (
    kiosk text NOT NULL CHECK (kiosk <> ''),
    since date NOT NULL,
    shop text NOT NULL CHECK (shop <> ''),
    chain text NOT NULL CHECK (chain <> ''),
    chain_ja text NOT NULL,
    PRIMARY KEY (kiosk, since)
);

CREATE FUNCTION settlement_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'settlement_append_only: % on % is refused; the journal is corrected by reversal', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER settlement_posting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_posting
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_is_append_only();
CREATE TRIGGER settlement_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_line
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_is_append_only();
CREATE TRIGGER settlement_period_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_period_event
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_is_append_only();
CREATE TRIGGER settlement_told_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_told
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_is_append_only();
CREATE TRIGGER settlement_account_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_account
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_is_append_only();
CREATE TRIGGER settlement_kiosk_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_kiosk
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_is_append_only();
CREATE TRIGGER settlement_period_not_deleted BEFORE DELETE OR TRUNCATE ON settlement_period
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_is_append_only();

-- A closed month takes nothing more. The shared lock makes a close wait for postings under way, and they for it.
CREATE FUNCTION settlement_month_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    SELECT state INTO found FROM settlement_period
        WHERE municipality = NEW.municipality AND month = NEW.month FOR SHARE;
    IF found = 'closed' THEN
        RAISE EXCEPTION 'settlement_month_closed: % of %', NEW.month, NEW.municipality USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER settlement_posting_month_is_open BEFORE INSERT ON settlement_posting
    FOR EACH ROW EXECUTE FUNCTION settlement_month_is_open();

-- Lines are written with their posting or never.
CREATE FUNCTION settlement_line_with_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM settlement_posting
                   WHERE posting_id = NEW.posting_id AND written_in = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'settlement_line_alone: lines are written with their posting'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER settlement_line_with_posting BEFORE INSERT ON settlement_line
    FOR EACH ROW EXECUTE FUNCTION settlement_line_with_posting();

-- At commit: two lines or more, sum zero, and a reversal is the mirror of what it reverses.
CREATE FUNCTION settlement_posting_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lines bigint;
    total numeric;
    mirrored bytea;
    unlike bigint;
BEGIN
    SELECT count(*), sum(yen) INTO lines, total FROM settlement_line WHERE posting_id = NEW.posting_id;
    IF lines < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'settlement_not_zero_sum: % lines sum to % yen', lines, total USING ERRCODE = 'check_violation';
    END IF;
    SELECT reverses INTO mirrored FROM settlement_posting WHERE posting_id = NEW.posting_id;
    IF mirrored IS NOT NULL THEN
        SELECT count(*) INTO unlike FROM (
            (SELECT account, -yen, debt_month, chain FROM settlement_line WHERE posting_id = NEW.posting_id
             EXCEPT ALL SELECT account, yen, debt_month, chain FROM settlement_line WHERE posting_id = mirrored)
            UNION ALL
            (SELECT account, yen, debt_month, chain FROM settlement_line WHERE posting_id = mirrored
             EXCEPT ALL SELECT account, -yen, debt_month, chain FROM settlement_line WHERE posting_id = NEW.posting_id)
        ) AS each;
        IF unlike > 0 OR NOT EXISTS (
            SELECT FROM settlement_posting r JOIN settlement_posting o ON o.posting_id = r.reverses
            WHERE r.posting_id = NEW.posting_id AND r.municipality = o.municipality
              AND o.sort <> 'reversal' AND r.counts = o.counts
              AND (o.counts = '' OR r.times = -o.times) AND r.kind = o.kind AND r.copies = o.copies
              AND r.delivered_on IS NOT DISTINCT FROM o.delivered_on
        ) THEN
            RAISE EXCEPTION 'settlement_not_mirrored: a reversal takes back the whole posting, and nothing else'
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER settlement_posting_is_whole AFTER INSERT ON settlement_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_posting_is_whole();
CREATE CONSTRAINT TRIGGER settlement_line_is_whole AFTER INSERT ON settlement_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_posting_is_whole();

-- The state of a month changes by one version at a time, each with its event in the same transaction.
CREATE FUNCTION settlement_period_has_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.municipality <> OLD.municipality OR NEW.month <> OLD.month OR NEW.version <> OLD.version + 1
       OR NOT EXISTS (SELECT FROM settlement_period_event WHERE municipality = NEW.municipality
                      AND month = NEW.month AND version = NEW.version AND state = NEW.state) THEN
        RAISE EXCEPTION 'settlement_period_without_event: a month is closed or reopened by an event only'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER settlement_period_has_event AFTER UPDATE ON settlement_period
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_period_has_event();
CREATE FUNCTION settlement_period_begins_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'open' OR NEW.version <> 0 THEN
        RAISE EXCEPTION 'settlement_period_without_event: a month begins open' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER settlement_period_begins_open BEFORE INSERT ON settlement_period
    FOR EACH ROW EXECUTE FUNCTION settlement_period_begins_open();
