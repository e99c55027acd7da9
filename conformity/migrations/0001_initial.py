# Criteria, accreditations, assessments, findings, evidence and reports.

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0002_walls'),
    ]

    operations = [
        migrations.CreateModel(
            name='Accreditation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(max_length=20)),
                ('transition', models.CharField(max_length=20)),
                ('previous_status', models.CharField(blank=True, max_length=20)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('moved_at', models.DateTimeField()),
                ('number', models.CharField(max_length=40, unique=True)),
                ('valid_from', models.DateTimeField(null=True)),
                ('valid_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('ab', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accreditations_given', to='parties.organisation')),
                ('cab', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accreditations_held', to='parties.organisation')),
                ('moved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='AccreditationDecision',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('grant', 'Grant'), ('scope', 'Scope'), ('suspend', 'Suspend'), ('lift', 'Lift'), ('withdraw', 'Withdraw')], max_length=20)),
                ('payload', models.JSONField(default=dict)),
                ('reasons', models.TextField()),
                ('draft_sha256', models.CharField(max_length=64)),
                ('proposed_at', models.DateTimeField()),
                ('outcome', models.CharField(blank=True, max_length=10)),
                ('decided_at', models.DateTimeField(null=True)),
                ('accreditation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='conformity.accreditation')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
            ],
            options={
                'ordering': ['proposed_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='AccreditationScope',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('service_kind', models.CharField(choices=[('esign_cert', 'esign_cert'), ('remote_sign', 'remote_sign'), ('eseal_cert', 'eseal_cert'), ('device_cert', 'device_cert'), ('timestamp', 'timestamp'), ('web_auth', 'web_auth'), ('edelivery', 'edelivery')], max_length=20)),
                ('level', models.CharField(choices=[('qualified', 'qualified'), ('specified', 'specified')], max_length=20)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(null=True)),
                ('accreditation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scope', to='conformity.accreditation')),
                ('decision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scope_added', to='conformity.accreditationdecision')),
                ('ended_by_decision', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='scope_ended', to='conformity.accreditationdecision')),
            ],
            options={
                'ordering': ['service_kind', 'level', 'starts_at'],
            },
        ),
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(max_length=20)),
                ('transition', models.CharField(max_length=20)),
                ('previous_status', models.CharField(blank=True, max_length=20)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('moved_at', models.DateTimeField()),
                ('service_kind', models.CharField(choices=[('esign_cert', 'esign_cert'), ('remote_sign', 'remote_sign'), ('eseal_cert', 'eseal_cert'), ('device_cert', 'device_cert'), ('timestamp', 'timestamp'), ('web_auth', 'web_auth'), ('edelivery', 'edelivery')], max_length=20)),
                ('level', models.CharField(choices=[('qualified', 'qualified'), ('specified', 'specified')], max_length=20)),
                ('cooling_off_months', models.PositiveSmallIntegerField()),
                ('legal_basis', models.CharField(default='scheme', max_length=40)),
                ('opened_at', models.DateTimeField()),
                ('cab', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments_made', to='parties.organisation')),
                ('moved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments_received', to='parties.organisation')),
                ('scope', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to='conformity.accreditationscope')),
            ],
            options={
                'ordering': ['-opened_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='AssessmentMember',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('lead', 'Lead'), ('assessor', 'Assessor'), ('expert', 'Expert')], max_length=10)),
                ('assigned_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(null=True)),
                ('assessment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='conformity.assessment')),
                ('declaration', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.conflictdeclaration')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessment_memberships', to='parties.person')),
            ],
            options={
                'ordering': ['assigned_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='CriteriaSet',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(max_length=20)),
                ('transition', models.CharField(max_length=20)),
                ('previous_status', models.CharField(blank=True, max_length=20)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('moved_at', models.DateTimeField()),
                ('code', models.CharField(max_length=40)),
                ('version', models.CharField(max_length=40)),
                ('title_ja', models.CharField(max_length=200)),
                ('title_en', models.CharField(max_length=200)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('in_force_from', models.DateTimeField(null=True)),
                ('transition_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('approver', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
                ('editor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
                ('moved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
            ],
            options={
                'ordering': ['code', '-created_at'],
            },
        ),
        migrations.AddField(
            model_name='assessment',
            name='criteria_set',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to='conformity.criteriaset'),
        ),
        migrations.AddField(
            model_name='accreditationscope',
            name='criteria_set',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='conformity.criteriaset'),
        ),
        migrations.CreateModel(
            name='Criterion',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('code', models.CharField(max_length=40)),
                ('tier', models.CharField(choices=[('common', 'common'), ('service', 'service'), ('qualified', 'qualified'), ('cab_designation', 'cab_designation')], max_length=20)),
                ('family', models.CharField(max_length=40)),
                ('title_ja', models.CharField(max_length=200)),
                ('title_en', models.CharField(max_length=500)),
                ('text_en', models.TextField()),
                ('levels', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('service_kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('reference_family', models.CharField(blank=True, max_length=300)),
                ('evidence_expected', models.CharField(blank=True, max_length=500)),
                ('basis', models.CharField(blank=True, max_length=300)),
                ('criteria_set', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='criteria', to='conformity.criteriaset')),
            ],
            options={
                'ordering': ['criteria_set', 'position'],
            },
        ),
        migrations.CreateModel(
            name='CriterionResult',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('outcome', models.CharField(choices=[('conform', 'conform'), ('nonconform', 'nonconform'), ('not_applicable', 'not_applicable')], max_length=20)),
                ('reason', models.TextField(blank=True)),
                ('notes', models.TextField(blank=True)),
                ('evidence', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), blank=True, default=list, size=None)),
                ('at', models.DateTimeField()),
                ('assessment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='conformity.assessment')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
                ('criterion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='conformity.criterion')),
            ],
            options={
                'ordering': ['assessment', 'criterion', 'version'],
            },
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveBigIntegerField()),
                ('media_type', models.CharField(max_length=100)),
                ('filename', models.CharField(max_length=255)),
                ('classification', models.CharField(default='confidential', max_length=20)),
                ('version', models.PositiveIntegerField(default=1)),
                ('uploaded_at', models.DateTimeField()),
                ('receipt', models.BinaryField(null=True)),
                ('receipt_time', models.DateTimeField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='parties.organisation')),
                ('previous', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='next', to='conformity.evidence')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
            ],
            options={
                'ordering': ['uploaded_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='CustodyEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('action', models.CharField(max_length=20)),
                ('at', models.DateTimeField()),
                ('note', models.CharField(blank=True, max_length=200)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
                ('evidence', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='custody', to='conformity.evidence')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(max_length=20)),
                ('transition', models.CharField(max_length=20)),
                ('previous_status', models.CharField(blank=True, max_length=20)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('moved_at', models.DateTimeField()),
                ('number', models.PositiveIntegerField()),
                ('grade', models.CharField(choices=[('major', 'major'), ('minor', 'minor'), ('observation', 'observation')], max_length=20)),
                ('statement', models.TextField()),
                ('raised_at', models.DateTimeField()),
                ('plan_due', models.DateTimeField(null=True)),
                ('close_due', models.DateTimeField(null=True)),
                ('assessment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='conformity.assessment')),
                ('corrected_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
                ('criterion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='conformity.criterion')),
                ('moved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
                ('raised_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
                ('verified_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
            ],
            options={
                'ordering': ['assessment', 'number'],
            },
        ),
        migrations.CreateModel(
            name='FindingAnswer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('plan', 'plan'), ('plan_accepted', 'plan_accepted'), ('plan_returned', 'plan_returned'), ('correction', 'correction'), ('reopened', 'reopened'), ('verification', 'verification'), ('regraded', 'regraded')], max_length=20)),
                ('text', models.TextField()),
                ('evidence', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), blank=True, default=list, size=None)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
                ('finding', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='conformity.finding')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Movement',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('subject_type', models.CharField(max_length=60)),
                ('subject_id', models.UUIDField()),
                ('revision', models.PositiveIntegerField()),
                ('transition', models.CharField(max_length=20)),
                ('from_status', models.CharField(blank=True, max_length=20)),
                ('to_status', models.CharField(max_length=20)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('conclusion', models.CharField(choices=[('conform', 'conform'), ('nonconform', 'nonconform')], max_length=20)),
                ('summary', models.TextField(blank=True)),
                ('body', models.TextField()),
                ('sha256', models.CharField(max_length=64)),
                ('concluded_at', models.DateTimeField()),
                ('assessment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='report', to='conformity.assessment')),
                ('concluded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.person')),
            ],
        ),
        migrations.AddConstraint(
            model_name='accreditation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('previous_status', 'decision'), ('status', 'accredited'), ('transition', 'accredit')), models.Q(('previous_status', ''), ('status', 'applied'), ('transition', 'apply')), models.Q(('previous_status', 'document_review'), ('status', 'assessment'), ('transition', 'assess_office')), models.Q(('previous_status', 'accredited'), ('status', 'expired'), ('transition', 'expire')), models.Q(('previous_status', 'suspended'), ('status', 'expired'), ('transition', 'expire')), models.Q(('previous_status', 'suspended'), ('status', 'accredited'), ('transition', 'lift')), models.Q(('previous_status', 'witnessing'), ('status', 'decision'), ('transition', 'propose')), models.Q(('previous_status', 'applied'), ('status', 'refused'), ('transition', 'refuse')), models.Q(('previous_status', 'assessment'), ('status', 'refused'), ('transition', 'refuse')), models.Q(('previous_status', 'document_review'), ('status', 'refused'), ('transition', 'refuse')), models.Q(('previous_status', 'witnessing'), ('status', 'refused'), ('transition', 'refuse')), models.Q(('previous_status', 'applied'), ('status', 'document_review'), ('transition', 'review_documents')), models.Q(('previous_status', 'decision'), ('status', 'witnessing'), ('transition', 'send_back')), models.Q(('previous_status', 'accredited'), ('status', 'suspended'), ('transition', 'suspend')), models.Q(('previous_status', 'accredited'), ('status', 'withdrawn'), ('transition', 'withdraw')), models.Q(('previous_status', 'suspended'), ('status', 'withdrawn'), ('transition', 'withdraw')), models.Q(('previous_status', 'assessment'), ('status', 'witnessing'), ('transition', 'witness')), _connector='OR'), name='accreditation_move_is_legal'),
        ),
        migrations.AddConstraint(
            model_name='accreditation',
            constraint=models.CheckConstraint(condition=models.Q(('ab', models.F('cab')), _negated=True), name='accreditation_is_of_another_body'),
        ),
        migrations.AddConstraint(
            model_name='accreditation',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='accreditation_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='accreditation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['accredited', 'suspended', 'withdrawn', 'expired']), _negated=True), models.Q(('valid_from__isnull', False), ('valid_until__isnull', False)), _connector='OR'), name='accreditation_granted_has_validity'),
        ),
        migrations.AddConstraint(
            model_name='accreditation',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['withdrawn', 'refused', 'expired']), _negated=True), fields=('ab', 'cab'), name='accreditation_of_a_body_is_one'),
        ),
        migrations.AddConstraint(
            model_name='accreditationdecision',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['grant', 'lift', 'scope', 'suspend', 'withdraw'])), name='accreditation_decision_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='accreditationdecision',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', models.F('proposed_by')), _negated=True), name='accreditation_decision_has_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='accreditationdecision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('outcome', '')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('outcome__in', ['approved', 'rejected'])), _connector='OR'), name='accreditation_decision_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='accreditationdecision',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome', '')), fields=('accreditation',), name='accreditation_decision_waits_alone'),
        ),
        migrations.AddConstraint(
            model_name='assessmentmember',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['assessor', 'expert', 'lead'])), name='assessment_member_role_is_known'),
        ),
        migrations.AddConstraint(
            model_name='assessmentmember',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('assessment', 'person'), name='assessment_member_is_assigned_once'),
        ),
        migrations.AddConstraint(
            model_name='assessmentmember',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_at', None), ('role', 'lead')), fields=('assessment',), name='assessment_lead_is_one'),
        ),
        migrations.AddConstraint(
            model_name='criteriaset',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('previous_status', 'public_comment'), ('status', 'approved'), ('transition', 'approve')), models.Q(('previous_status', ''), ('status', 'draft'), ('transition', 'draft')), models.Q(('previous_status', 'draft'), ('status', 'public_comment'), ('transition', 'open_comment')), models.Q(('previous_status', 'approved'), ('status', 'in_force'), ('transition', 'put_in_force')), models.Q(('previous_status', 'superseded'), ('status', 'retired'), ('transition', 'retire')), models.Q(('previous_status', 'public_comment'), ('status', 'draft'), ('transition', 'revise')), models.Q(('previous_status', 'in_force'), ('status', 'superseded'), ('transition', 'supersede')), _connector='OR'), name='criteria_set_move_is_legal'),
        ),
        migrations.AddConstraint(
            model_name='criteriaset',
            constraint=models.UniqueConstraint(fields=('code', 'version'), name='criteria_set_version_is_used_once'),
        ),
        migrations.AddConstraint(
            model_name='criteriaset',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'in_force')), fields=('code',), name='criteria_set_in_force_is_one'),
        ),
        migrations.AddConstraint(
            model_name='criteriaset',
            constraint=models.CheckConstraint(condition=models.Q(('approver', models.F('editor')), _negated=True), name='criteria_set_editor_is_not_approver'),
        ),
        migrations.AddConstraint(
            model_name='criteriaset',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'public_comment']), models.Q(('approver__isnull', False), ('sha256__regex', '^[0-9a-f]{64}$')), _connector='OR'), name='criteria_set_approved_has_approver_and_digest'),
        ),
        migrations.AddConstraint(
            model_name='criteriaset',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['in_force', 'superseded', 'retired']), _negated=True), ('in_force_from__isnull', False), _connector='OR'), name='criteria_set_in_force_has_a_day'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('previous_status', 'documents'), ('status', 'cancelled'), ('transition', 'cancel')), models.Q(('previous_status', 'on_site'), ('status', 'cancelled'), ('transition', 'cancel')), models.Q(('previous_status', 'opened'), ('status', 'cancelled'), ('transition', 'cancel')), models.Q(('previous_status', 'review'), ('status', 'cancelled'), ('transition', 'cancel')), models.Q(('previous_status', 'review'), ('status', 'concluded'), ('transition', 'conclude')), models.Q(('previous_status', 'opened'), ('status', 'documents'), ('transition', 'examine_documents')), models.Q(('previous_status', 'documents'), ('status', 'on_site'), ('transition', 'go_on_site')), models.Q(('previous_status', ''), ('status', 'opened'), ('transition', 'open')), models.Q(('previous_status', 'review'), ('status', 'on_site'), ('transition', 'return')), models.Q(('previous_status', 'documents'), ('status', 'review'), ('transition', 'submit')), models.Q(('previous_status', 'on_site'), ('status', 'review'), ('transition', 'submit')), _connector='OR'), name='assessment_move_is_legal'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=models.Q(('service_kind__in', ['device_cert', 'edelivery', 'eseal_cert', 'esign_cert', 'remote_sign', 'timestamp', 'web_auth'])), name='assessment_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', ['qualified', 'specified'])), name='assessment_level_is_assessed'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=models.Q(('cab', models.F('provider')), _negated=True), name='assessment_is_of_another_body'),
        ),
        migrations.AddConstraint(
            model_name='accreditationscope',
            constraint=models.CheckConstraint(condition=models.Q(('service_kind__in', ['device_cert', 'edelivery', 'eseal_cert', 'esign_cert', 'remote_sign', 'timestamp', 'web_auth'])), name='accreditation_scope_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='accreditationscope',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', ['qualified', 'specified'])), name='accreditation_scope_level_is_assessed'),
        ),
        migrations.AddConstraint(
            model_name='accreditationscope',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_by_decision', None), ('ends_at', None)), models.Q(('ended_by_decision__isnull', False), ('ends_at__gte', models.F('starts_at'))), _connector='OR'), name='accreditation_scope_ends_by_decision'),
        ),
        migrations.AddConstraint(
            model_name='accreditationscope',
            constraint=models.UniqueConstraint(condition=models.Q(('ends_at', None)), fields=('accreditation', 'service_kind', 'level', 'criteria_set'), name='accreditation_scope_is_open_once'),
        ),
        migrations.AddConstraint(
            model_name='criterion',
            constraint=models.CheckConstraint(condition=models.Q(('tier__in', ['cab_designation', 'common', 'qualified', 'service'])), name='criterion_tier_is_known'),
        ),
        migrations.AddConstraint(
            model_name='criterion',
            constraint=models.UniqueConstraint(fields=('criteria_set', 'code'), name='criterion_code_is_used_once'),
        ),
        migrations.AddConstraint(
            model_name='criterionresult',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['conform', 'nonconform', 'not_applicable'])), name='criterion_result_outcome_is_known'),
        ),
        migrations.AddConstraint(
            model_name='criterionresult',
            constraint=models.UniqueConstraint(fields=('assessment', 'criterion', 'version'), name='criterion_result_version_is_used_once'),
        ),
        migrations.AddConstraint(
            model_name='criterionresult',
            constraint=models.CheckConstraint(condition=models.Q(('outcome', 'conform'), models.Q(('reason', ''), _negated=True), _connector='OR'), name='criterion_result_not_conform_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='criterionresult',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'conform'), _negated=True), ('evidence__len__gte', 1), _connector='OR'), name='criterion_result_conform_cites_evidence'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='evidence_is_named_by_digest'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.CheckConstraint(condition=models.Q(('classification__in', ['confidential', 'public', 'restricted'])), name='evidence_classification_is_known'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.UniqueConstraint(fields=('organisation', 'sha256'), name='evidence_of_an_organisation_is_stored_once'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('previous', None), ('version', 1)), models.Q(('previous__isnull', False), ('version__gt', 1)), _connector='OR'), name='evidence_version_is_counted'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('receipt', None), ('receipt_time', None)), models.Q(('receipt__isnull', False), ('receipt_time__isnull', False)), _connector='OR'), name='evidence_receipt_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='custodyentry',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['cited', 'read', 'receipt', 'stored'])), name='custody_action_is_known'),
        ),
        migrations.AddIndex(
            model_name='finding',
            index=models.Index(condition=models.Q(('status', 'verified_closed'), _negated=True), fields=['close_due'], name='finding_due'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('previous_status', 'plan_submitted'), ('status', 'plan_accepted'), ('transition', 'accept_plan')), models.Q(('previous_status', 'escalated'), ('status', 'corrected'), ('transition', 'correct')), models.Q(('previous_status', 'overdue'), ('status', 'corrected'), ('transition', 'correct')), models.Q(('previous_status', 'plan_accepted'), ('status', 'corrected'), ('transition', 'correct')), models.Q(('previous_status', 'overdue'), ('status', 'escalated'), ('transition', 'escalate')), models.Q(('previous_status', 'open'), ('status', 'overdue'), ('transition', 'mark_overdue')), models.Q(('previous_status', 'plan_accepted'), ('status', 'overdue'), ('transition', 'mark_overdue')), models.Q(('previous_status', 'plan_submitted'), ('status', 'overdue'), ('transition', 'mark_overdue')), models.Q(('previous_status', ''), ('status', 'open'), ('transition', 'raise')), models.Q(('previous_status', 'corrected'), ('status', 'plan_accepted'), ('transition', 'reopen')), models.Q(('previous_status', 'plan_submitted'), ('status', 'open'), ('transition', 'return_plan')), models.Q(('previous_status', 'escalated'), ('status', 'plan_submitted'), ('transition', 'submit_plan')), models.Q(('previous_status', 'open'), ('status', 'plan_submitted'), ('transition', 'submit_plan')), models.Q(('previous_status', 'overdue'), ('status', 'plan_submitted'), ('transition', 'submit_plan')), models.Q(('previous_status', 'corrected'), ('status', 'verified_closed'), ('transition', 'verify')), _connector='OR'), name='finding_move_is_legal'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.CheckConstraint(condition=models.Q(('grade__in', ['major', 'minor', 'observation'])), name='finding_grade_is_known'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.UniqueConstraint(fields=('assessment', 'number'), name='finding_number_is_used_once'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.CheckConstraint(condition=models.Q(('verified_by', models.F('corrected_by')), _negated=True), name='finding_verifier_is_not_corrector'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('corrected_by__isnull', False), ('status', 'verified_closed'), ('verified_by__isnull', False)), models.Q(models.Q(('status', 'verified_closed'), _negated=True), ('verified_by', None)), _connector='OR'), name='finding_closed_was_corrected_and_verified'),
        ),
        migrations.AddConstraint(
            model_name='findinganswer',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['correction', 'plan', 'plan_accepted', 'plan_returned', 'regraded', 'reopened', 'verification'])), name='finding_answer_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='movement',
            constraint=models.UniqueConstraint(fields=('subject_id', 'revision'), name='movement_revision_is_used_once'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('conclusion__in', ['conform', 'nonconform'])), name='report_conclusion_is_known'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='report_is_named_by_digest'),
        ),
    ]
