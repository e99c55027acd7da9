# Custody of evidence and answers to findings are dated now, like all other history of an assessment.

from django.db import migrations

from trustreg.base.migration import Present


class Migration(migrations.Migration):
    dependencies = [("conformity", "0002_walls"), ("parties", "0001_initial")]

    operations = [
        Present("conformity_custodyentry", "at"),
        Present("conformity_findinganswer", "at"),
    ]
