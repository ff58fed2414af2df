-- The contractor's registration number as an issuer of invoices (適格請求書発行事業者登録番号), as a person entered it.

-- T and thirteen digits; the first is the check digit of the others (法人番号の指定等に関する省令 第2条). '' : none.
CREATE FUNCTION settlement_registration_fits(number text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN number = '' THEN true WHEN number !~ '^T[1-9][0-9]{12}$' THEN false
        ELSE substr(number, 2, 1)::integer = 9 - (
            SELECT sum(substr(number, 15 - n, 1)::integer * (2 - n % 2)) FROM generate_series(1, 12) AS n) % 9 END
$$;

-- From a day on a number holds, or with '' none does any more; of several entries for a day the latest.
CREATE TABLE settlement_registration (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number text NOT NULL CHECK (settlement_registration_fits(number)),
    since date NOT NULL,
    source text NOT NULL CHECK (source <> ''),
    person text NOT NULL CHECK (person <> ''),
    entered_ms bigint NOT NULL
);
CREATE TRIGGER settlement_registration_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_registration
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_is_append_only();
