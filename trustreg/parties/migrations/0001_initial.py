# Organisations, people, appointments, conflict declarations, accounts and API keys.

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import trustreg.parties.domain.roles
import trustreg.parties.models
import uuid
from django.conf import settings
from django.db import migrations, models


# Functions that constraints and triggers of this and the upper apps call.
FUNCTIONS = """
CREATE FUNCTION trustreg_corporate_number_valid(number text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $trustreg$
  SELECT CASE WHEN number ~ '^[1-9][0-9]{12}$' THEN
    substr(number, 1, 1)::int = 9 - (
      SELECT sum(substr(number, 14 - n, 1)::int * CASE n % 2 WHEN 1 THEN 1 ELSE 2 END) FROM generate_series(1, 12) AS n
    ) % 9
  ELSE false END
$trustreg$;

CREATE FUNCTION trustreg_holds_my_number(content text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $trustreg$
  -- Every place where twelve digits may begin, so that candidates overlap; fifteen characters show one and what follows.
  SELECT EXISTS (
    SELECT FROM
    translate(normalize(content, NFKC), U&'\\2010\\2011\\2012\\2013\\2014\\2015\\2212\\30FC', '--------') AS plain,
    LATERAL generate_series(1, length(plain)) AS start,
    LATERAL regexp_match(substr(plain, start, 15), '^([0-9]{4})[ -]?([0-9]{4})[ -]?([0-9]{4})(?![0-9])') AS groups,
    LATERAL array_to_string(groups, '') AS digits,
    LATERAL (
      SELECT sum(substr(digits, 12 - n, 1)::int * CASE WHEN n <= 6 THEN n + 1 ELSE n - 5 END) % 11 AS remainder
      FROM generate_series(1, 11) AS n
    ) AS checked
    WHERE groups IS NOT NULL AND (start = 1 OR substr(plain, start - 1, 1) !~ '[0-9]')
      AND substr(digits, 12, 1)::int = CASE WHEN remainder <= 1 THEN 0 ELSE 11 - remainder END
  )
$trustreg$;

CREATE FUNCTION trustreg_is_now(moment timestamptz) RETURNS boolean
LANGUAGE sql VOLATILE STRICT AS $trustreg$
  SELECT moment BETWEEN clock_timestamp() - interval '5 seconds' AND clock_timestamp() + interval '5 seconds'
$trustreg$;

CREATE FUNCTION trustreg_refuse_change_beyond() RETURNS trigger LANGUAGE plpgsql AS $trustreg$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'DELETE of % refused: its rows stay', TG_TABLE_NAME USING ERRCODE = 'check_violation';
  END IF;
  IF (to_jsonb(NEW) - TG_ARGV) IS DISTINCT FROM (to_jsonb(OLD) - TG_ARGV) THEN
    RAISE EXCEPTION 'UPDATE of % refused: only % may change', TG_TABLE_NAME, array_to_string(TG_ARGV, ', ')
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $trustreg$;
"""
DROP_FUNCTIONS = """
DROP FUNCTION trustreg_refuse_change_beyond();
DROP FUNCTION trustreg_is_now(timestamptz);
DROP FUNCTION trustreg_holds_my_number(text);
DROP FUNCTION trustreg_corporate_number_valid(text);
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [("base", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('provider', 'provider'), ('cab', 'cab'), ('ab', 'ab'), ('authority', 'authority'), ('government_issuer', 'government_issuer'), ('foreign', 'foreign')], max_length=20)),
                ('name_ja', models.CharField(max_length=200)),
                ('name_en', models.CharField(max_length=200)),
                ('name_kana', models.CharField(blank=True, max_length=200)),
                ('corporate_number', models.CharField(blank=True, max_length=13, null=True, unique=True)),
                ('foreign_registration_id', models.CharField(blank=True, max_length=100)),
                ('country', models.CharField(default='JP', max_length=2)),
                ('postal_code', models.CharField(blank=True, max_length=20)),
                ('region_ja', models.CharField(blank=True, max_length=100)),
                ('region_en', models.CharField(blank=True, max_length=100)),
                ('locality_ja', models.CharField(blank=True, max_length=100)),
                ('locality_en', models.CharField(blank=True, max_length=100)),
                ('street_ja', models.CharField(blank=True, max_length=200)),
                ('street_en', models.CharField(blank=True, max_length=200)),
                ('emails', django.contrib.postgres.fields.ArrayField(base_field=models.EmailField(max_length=254), blank=True, default=list, size=None)),
                ('web_uris', django.contrib.postgres.fields.ArrayField(base_field=models.URLField(), blank=True, default=list, size=None)),
                ('verified_on', models.DateField(blank=True, null=True)),
                ('source', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subsidiaries', to='parties.organisation')),
            ],
            options={
                'ordering': ['name_ja', 'id'],
            },
        ),
        migrations.CreateModel(
            name='OidArc',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('arc', models.CharField(max_length=200, unique=True)),
                ('registered_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='oid_arcs', to='parties.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name_ja', models.CharField(max_length=100)),
                ('name_en', models.CharField(max_length=100)),
                ('name_kana', models.CharField(blank=True, max_length=100)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'ordering': ['name_ja', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(trustreg.parties.models.HoldsMyNumber(models.F('name_ja')), _negated=True), models.Q(trustreg.parties.models.HoldsMyNumber(models.F('name_en')), _negated=True), models.Q(trustreg.parties.models.HoldsMyNumber(models.F('name_kana')), _negated=True), models.Q(trustreg.parties.models.HoldsMyNumber(models.F('note')), _negated=True)), name='person_holds_no_my_number'), models.CheckConstraint(condition=models.Q(models.Q(('name_ja', ''), _negated=True), models.Q(('name_en', ''), _negated=True)), name='person_has_both_names')],
            },
        ),
        migrations.CreateModel(
            name='ConflictDeclaration',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('employment', 'employment'), ('consulting', 'consulting'), ('ownership', 'ownership'), ('family', 'family'), ('other', 'other'), ('none', 'none')], max_length=20)),
                ('text', models.TextField(blank=True)),
                ('since', models.DateTimeField(blank=True, null=True)),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('declared_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conflict_declarations', to='parties.organisation')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conflict_declarations', to='parties.person')),
            ],
            options={
                'ordering': ['declared_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('ab_clerk', 'ab_clerk'), ('ab_proposer', 'ab_proposer'), ('ab_approver', 'ab_approver'), ('list_operator', 'list_operator'), ('cab_clerk', 'cab_clerk'), ('cab_lead', 'cab_lead'), ('cab_assessor', 'cab_assessor'), ('cab_decider', 'cab_decider'), ('provider_officer', 'provider_officer'), ('provider_staff', 'provider_staff'), ('scheme_editor', 'scheme_editor'), ('scheme_approver', 'scheme_approver'), ('system_admin', 'system_admin')], max_length=20)),
                ('competence', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='parties.organisation')),
                ('appointed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='parties.person')),
            ],
            options={
                'ordering': ['starts_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('is_active', models.BooleanField(default=True)),
                ('language', models.CharField(choices=[('ja', '日本語'), ('en', 'English')], default='ja', max_length=2)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='account', to='parties.person')),
            ],
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('prefix', models.CharField(max_length=8, unique=True)),
                ('secret_sha256', models.CharField(max_length=64)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_keys', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('secret_sha256__regex', '^[0-9a-f]{64}$')), name='api_key_secret_is_hashed')],
            },
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['ab', 'authority', 'cab', 'foreign', 'government_issuer', 'provider'])), name='organisation_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('corporate_number', None), trustreg.parties.models.CorporateNumberIsValid(models.F('corporate_number')), _connector='OR'), name='organisation_corporate_number_is_valid'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', trustreg.parties.domain.roles.OrganisationKind['PROVIDER']), _negated=True), ('corporate_number__isnull', False), models.Q(('foreign_registration_id', ''), _negated=True), _connector='OR'), name='organisation_provider_is_identified'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name_ja', ''), _negated=True), models.Q(('name_en', ''), _negated=True)), name='organisation_has_both_names'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='organisation_country_is_iso_3166'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='organisation_is_not_its_own_parent'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.UniqueConstraint(condition=models.Q(('foreign_registration_id', ''), _negated=True), fields=('country', 'foreign_registration_id'), name='organisation_foreign_registration_is_used_once'),
        ),
        migrations.AddConstraint(
            model_name='oidarc',
            constraint=models.CheckConstraint(condition=models.Q(('arc__regex', '^([01]\\.([0-9]|[1-3][0-9])|2\\.(0|[1-9][0-9]*))(\\.(0|[1-9][0-9]*))*$')), name='oid_arc_is_dotted'),
        ),
        migrations.AddConstraint(
            model_name='conflictdeclaration',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['consulting', 'employment', 'family', 'none', 'other', 'ownership'])), name='conflict_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='conflictdeclaration',
            constraint=models.CheckConstraint(condition=models.Q(('until', None), ('since', None), ('until__gte', models.F('since')), _connector='OR'), name='conflict_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='conflictdeclaration',
            constraint=models.CheckConstraint(condition=models.Q(trustreg.parties.models.HoldsMyNumber(models.F('text')), _negated=True), name='conflict_holds_no_my_number'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(fields=['organisation', 'role'], name='appointment_by_organisation'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['ab_approver', 'ab_clerk', 'ab_proposer', 'cab_assessor', 'cab_clerk', 'cab_decider', 'cab_lead', 'list_operator', 'provider_officer', 'provider_staff', 'scheme_approver', 'scheme_editor', 'system_admin'])), name='appointment_role_is_known'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gte', models.F('starts_at')), _connector='OR'), name='appointment_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('appointed_by', models.F('person')), _negated=True), name='appointment_is_made_by_another_person'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('appointed_by__isnull', False), ('role', trustreg.parties.domain.roles.Role['SYSTEM_ADMIN']), _connector='OR'), name='appointment_without_appointer_is_of_an_admin'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.UniqueConstraint(condition=models.Q(('ends_at', None)), fields=('person', 'organisation', 'role'), name='appointment_is_open_once'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower(models.F('email')))), name='account_email_is_lower_case'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(trustreg.parties.models.HoldsMyNumber(models.F('email')), _negated=True), name='account_holds_no_my_number'),
        ),
    ]
