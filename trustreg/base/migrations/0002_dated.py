# The audit trail says when an act was recorded by the clock of the database alone.

from django.db import migrations

from trustreg.base.migration import Dated


class Migration(migrations.Migration):
    dependencies = [("base", "0001_initial")]

    operations = [
        Dated("base_event", "recorded_at"),
    ]
