# When a service entered the register is said by the clock of the database alone.

from django.db import migrations

from trustreg.base.migration import Dated


class Migration(migrations.Migration):
    dependencies = [("certification", "0002_walls")]

    operations = [
        Dated("certification_service", "registered_at"),
    ]
