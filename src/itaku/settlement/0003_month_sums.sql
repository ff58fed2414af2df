-- Sums of closed months (締めた月の合計), so that a balance need not read every posting of all years again.
--
-- A closed month takes nothing, so its sums stand as long as it is not reopened. The database writes them itself at the
-- commit of the close, under the version that was closed, and nobody else can. They count only while that version of
-- the month is what stands: of a month that was reopened the postings are read, until it is closed again.

CREATE TABLE settlement_month_sum (
    municipality text NOT NULL,
    month text NOT NULL,
    version integer NOT NULL,
    postings bigint NOT NULL,
    -- The latest day and instant of booking among them; null of a month without postings.
    booked_until date,
    booked_ms bigint,
    written_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (municipality, month, version),
    FOREIGN KEY (municipality, month) REFERENCES settlement_period
);

CREATE TABLE settlement_month_balance (
    municipality text NOT NULL,
    month text NOT NULL,
    version integer NOT NULL,
    account text NOT NULL REFERENCES settlement_account,
    -- As balances say it: a line of fees-owed that names no month is about the month in which it stands.
    debt_month text NOT NULL,
    chain text NOT NULL,
    yen bigint NOT NULL,
    PRIMARY KEY (municipality, month, version, account, debt_month, chain),
    FOREIGN KEY (municipality, month, version) REFERENCES settlement_month_sum
);

CREATE FUNCTION settlement_sum_month(of_municipality text, of_month text, of_version integer) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO settlement_month_sum(municipality, month, version, postings, booked_until, booked_ms)
        SELECT of_municipality, of_month, of_version, count(*), max(booked_on), max(booked_ms)
        FROM settlement_posting WHERE municipality = of_municipality AND month = of_month;
    INSERT INTO settlement_month_balance(municipality, month, version, account, debt_month, chain, yen)
        SELECT of_municipality, of_month, of_version, l.account,
            CASE WHEN l.debt_month = '' AND l.account = 'fees-owed' THEN p.month ELSE l.debt_month END, l.chain, sum(l.yen)
        FROM settlement_posting p JOIN settlement_line l USING (posting_id)
        WHERE p.municipality = of_municipality AND p.month = of_month
        GROUP BY 4, 5, 6;
$$;

-- The months that were closed before.
SELECT settlement_sum_month(municipality, month, version) FROM settlement_period WHERE state = 'closed';

-- At commit, when every line of the transaction is there; of a month that was closed twice in it, what stands.
CREATE FUNCTION settlement_sum_at_close() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM settlement_period WHERE municipality = NEW.municipality AND month = NEW.month
               AND version = NEW.version AND state = 'closed') THEN
        PERFORM settlement_sum_month(NEW.municipality, NEW.month, NEW.version);
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER settlement_period_summed AFTER UPDATE ON settlement_period
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'closed') EXECUTE FUNCTION settlement_sum_at_close();

-- Sums come of a close and of nothing else.
CREATE FUNCTION settlement_sum_by_close() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'settlement_sum_alone: sums are written by the close of their month'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER settlement_month_sum_by_close BEFORE INSERT ON settlement_month_sum
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_sum_by_close();
CREATE TRIGGER settlement_month_balance_by_close BEFORE INSERT ON settlement_month_balance
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_sum_by_close();
CREATE TRIGGER settlement_month_sum_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_month_sum
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_is_append_only();
CREATE TRIGGER settlement_month_balance_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_month_balance
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_is_append_only();

-- The sums that count: each of a month that stands as it was closed.
CREATE VIEW settlement_standing_sum AS
    SELECT h.* FROM settlement_month_sum h JOIN settlement_period s USING (municipality, month, version)
    WHERE s.state = 'closed';

-- Postings about other months' debts are few among millions of fees; they are found by an index of their own. A fee or
-- a refund names no other month, which its lines now have to keep. And no line comes after the sums of its month, which
-- only the transaction of the close itself could try, since others wait for it.
CREATE INDEX settlement_posting_other ON settlement_posting (municipality, sort) WHERE sort NOT IN ('fee-taken', 'refund');
CREATE OR REPLACE FUNCTION settlement_line_with_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM settlement_posting p
                   WHERE posting_id = NEW.posting_id AND written_in = pg_current_xact_id()
                     AND (NEW.debt_month = '' OR sort NOT IN ('fee-taken', 'refund'))
                     AND NOT EXISTS (SELECT FROM settlement_month_sum h WHERE h.municipality = p.municipality
                                     AND h.month = p.month AND h.written_in = pg_current_xact_id())) THEN
        RAISE EXCEPTION 'settlement_line_alone: lines are written with their posting, those of fees without another month'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
