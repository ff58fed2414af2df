-- A kept contract's own title and parties' names as JSON, where they are not those of its form.

ALTER TABLE contract ADD COLUMN naming bytea CHECK (octet_length(naming) BETWEEN 2 AND 8192);
