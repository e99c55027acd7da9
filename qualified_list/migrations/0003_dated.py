# When a list took each of its steps, and when anything about it was said, is known by the clock of the database alone.

from django.db import migrations

from trustreg.base.migration import Dated, Trigger

STEPS = ("checked", "signed", "verified", "released")


class Migration(migrations.Migration):
    dependencies = [("qualified_list", "0002_walls")]

    operations = [
        Dated("qualified_list_schemeversion", "created_at"),
        Dated("qualified_list_listsignature", "created_at"),
        Dated("qualified_list_refusal", "created_at"),
        Trigger(
            "list_issue_notes_its_steps",
            "qualified_list_listissue",
            "BEFORE UPDATE",
            "".join(
                f"NEW.{step}_at := CASE WHEN NEW.state = 'compiled' THEN NULL"
                f" WHEN NEW.state = '{step}' AND OLD.state <> '{step}' THEN clock_timestamp() ELSE OLD.{step}_at END;\n"
                for step in STEPS
            )
            + "RETURN NEW;",
        ),
    ]
