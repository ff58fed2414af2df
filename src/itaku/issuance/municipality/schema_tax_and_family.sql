-- Replica of the tax ledger and of the family registers kept here (課税台帳・戸籍). Written by the feed alone.

CREATE TABLE tax_entry (
    resident_no text NOT NULL,
    fiscal_year integer NOT NULL,
    facts jsonb NOT NULL,
    PRIMARY KEY (resident_no, fiscal_year)
);

CREATE TABLE family_register (
    register_no text PRIMARY KEY,
    facts jsonb NOT NULL
);

CREATE TABLE family_register_member (
    register_no text NOT NULL REFERENCES family_register ON DELETE CASCADE,
    resident_no text NOT NULL,
    removed boolean NOT NULL,
    PRIMARY KEY (register_no, resident_no)
);

-- A person is in one register at a time; a second one contradicts the first.
CREATE UNIQUE INDEX family_register_member_once ON family_register_member (resident_no) WHERE NOT removed;
CREATE INDEX family_register_member_resident ON family_register_member (resident_no);
