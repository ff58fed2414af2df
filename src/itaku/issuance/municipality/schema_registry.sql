-- Replica of the municipality's registers (住民基本台帳・印鑑登録原票). Written by the feed alone, read once per application.

CREATE TABLE replica_state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    last_seq bigint NOT NULL CHECK (last_seq >= 0),
    -- The highest number that was ever announced: while it is ahead of last_seq, a delta is missing.
    seen_seq bigint NOT NULL CHECK (seen_seq >= last_seq),
    as_of timestamptz NOT NULL,
    -- A delta contradicted the replica; only a new snapshot heals that.
    contradicted boolean NOT NULL DEFAULT false,
    proven boolean NOT NULL GENERATED ALWAYS AS (seen_seq = last_seq AND NOT contradicted) STORED
);

-- Digests of the latest deltas, so that the same number with other content is noticed and not taken for a repetition.
CREATE TABLE replica_delta (
    seq bigint PRIMARY KEY,
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32)
);

CREATE TABLE resident (
    resident_no text PRIMARY KEY,
    household_no text NOT NULL,
    place integer NOT NULL CHECK (place >= 1),
    name text NOT NULL,
    name_kana text NOT NULL,
    alias text NOT NULL,
    birth_date date NOT NULL,
    sex text NOT NULL,
    relation text NOT NULL,
    address text NOT NULL,
    became_resident_on date NOT NULL,
    address_since date,
    notified_on date,
    previous_address text NOT NULL,
    registered_domicile text NOT NULL,
    family_register_head text NOT NULL,
    individual_number text NOT NULL,
    foreign_facts jsonb,
    blocks text[] NOT NULL,
    card_serial text NOT NULL,
    removed_on date
);

-- One card, one holder: the base of every look-up.
CREATE UNIQUE INDEX resident_card ON resident (card_serial) WHERE card_serial <> '';
CREATE INDEX resident_household ON resident (household_no, place);

CREATE TABLE seal_register (
    resident_no text PRIMARY KEY,
    registered_on date NOT NULL,
    seal_png bytea NOT NULL
);
