-- What a first screen asks of the index beside days: manner, the strictest reading of an hour clock, whose turn it is.

ALTER TABLE contract_due
    ADD COLUMN manner text NOT NULL DEFAULT '',
    ADD COLUMN target_at_ms bigint,
    ADD COLUMN turn text NOT NULL DEFAULT '',
    ADD COLUMN born date;

-- Rows made before are no cache of these columns: each contract's are made again when the index is next asked.
DELETE FROM contract_wake;

CREATE INDEX contract_due_clock ON contract_due (contract) WHERE due_at_ms IS NOT NULL;
CREATE INDEX contract_due_target ON contract_due (target_day, contract) WHERE due_day IS NULL AND target_day IS NOT NULL;
CREATE INDEX contract_due_manner ON contract_due (contract) WHERE due_day IS NULL AND manner <> '';
