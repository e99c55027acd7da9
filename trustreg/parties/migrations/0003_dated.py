# When a fact about a party entered the register is said by the clock of the database alone.

from django.db import migrations

from trustreg.base.migration import Dated


class Migration(migrations.Migration):
    dependencies = [("parties", "0002_walls")]

    operations = [
        Dated("parties_organisation", "created_at"),
        Dated("parties_person", "created_at"),
        Dated("parties_appointment", "recorded_at"),
        Dated("parties_account", "created_at"),
        Dated("parties_apikey", "created_at"),
        Dated("parties_oidarc", "registered_at"),
    ]
