from django.db import migrations

FORWARD = """
CREATE FUNCTION audit_note_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_note_append_only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_note_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_note
    FOR EACH STATEMENT EXECUTE FUNCTION audit_note_is_append_only();
"""
BACKWARD = "DROP TRIGGER audit_note_append_only ON audit_note; DROP FUNCTION audit_note_is_append_only();"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
