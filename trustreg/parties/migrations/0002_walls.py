# What PostgreSQL itself refuses: rewritten appointments, moved accounts, back-dated declarations, roles in the wrong house.

from django.db import migrations

from trustreg.base.migration import AppendOnly, Trigger
from trustreg.parties.migration import OnlyColumns

# Every organisation that is linked with `member` through ownership, up and down, itself included.
GROUP = """
CREATE FUNCTION parties_organisation_group(member uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp AS $trustreg$
  WITH RECURSIVE link(one, other) AS (
    SELECT id, parent_id FROM parties_organisation WHERE parent_id IS NOT NULL
    UNION ALL SELECT parent_id, id FROM parties_organisation WHERE parent_id IS NOT NULL
  ), linked(id) AS (
    SELECT member UNION SELECT link.other FROM linked JOIN link ON link.one = linked.id
  )
  SELECT id FROM linked
$trustreg$;
"""

# No tie of the person to the organisation or its group at `moment` or within `months` before it: `domain.separation.is_independent`.
# Of several declarations of one kind about one organisation the latest counts.
INDEPENDENT = """
CREATE FUNCTION parties_is_independent(person uuid, organisation uuid, moment timestamptz, months int) RETURNS boolean
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp AS $trustreg$
  SELECT NOT EXISTS (
    SELECT FROM parties_appointment a
    WHERE a.person_id = person AND a.organisation_id IN (SELECT parties_organisation_group(organisation))
      AND (a.ends_at IS NULL OR a.ends_at > moment - make_interval(months => months))
  ) AND NOT EXISTS (
    SELECT FROM (
      SELECT DISTINCT ON (d.organisation_id, d.kind) d.kind, d.until FROM parties_conflictdeclaration d
      WHERE d.person_id = person AND d.organisation_id IN (SELECT parties_organisation_group(organisation))
      ORDER BY d.organisation_id, d.kind, d.declared_at DESC, d.id DESC
    ) AS latest
    WHERE latest.kind <> 'none' AND (latest.until IS NULL OR latest.until > moment - make_interval(months => months))
  )
$trustreg$;
"""


class Migration(migrations.Migration):
    dependencies = [("parties", "0001_initial")]

    operations = [
        migrations.RunSQL(GROUP, "DROP FUNCTION parties_organisation_group(uuid)"),
        migrations.RunSQL(INDEPENDENT, "DROP FUNCTION parties_is_independent(uuid, uuid, timestamptz, int)"),
        Trigger(
            "parties_organisation_identity",
            "parties_organisation",
            "BEFORE UPDATE OR DELETE",
            """
            IF TG_OP = 'DELETE' THEN
              RAISE EXCEPTION 'an organisation is never removed' USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.id <> OLD.id OR NEW.kind <> OLD.kind
               OR (OLD.corporate_number IS NOT NULL AND NEW.corporate_number IS DISTINCT FROM OLD.corporate_number) THEN
              RAISE EXCEPTION 'kind and corporate number of an organisation never change' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
            """,
        ),
        OnlyColumns("parties_person", "name_ja", "name_en", "name_kana", "note"),
        OnlyColumns("parties_appointment", "ends_at", "ended_by_id"),
        Trigger(
            "parties_appointment_end",
            "parties_appointment",
            "BEFORE UPDATE",
            """
            IF NEW.ends_at IS NULL OR OLD.ends_at <= clock_timestamp() OR NEW.ends_at > OLD.ends_at
               OR NEW.ends_at < clock_timestamp() - interval '5 seconds' THEN
              RAISE EXCEPTION 'an appointment ends once, not in the past; a longer one is a new appointment'
                USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
            """,
        ),
        Trigger(
            "parties_appointment_role",
            "parties_appointment",
            "BEFORE INSERT",
            """
            IF NOT EXISTS (
              SELECT FROM parties_organisation o WHERE o.id = NEW.organisation_id AND (NEW.role, o.kind) IN (
        ('ab_clerk', 'ab'), ('ab_proposer', 'ab'), ('ab_approver', 'ab'), ('list_operator', 'ab'), ('list_operator',
        'authority'), ('cab_clerk', 'cab'), ('cab_lead', 'cab'), ('cab_assessor', 'cab'), ('cab_decider', 'cab'),
        ('provider_officer', 'foreign'), ('provider_officer', 'government_issuer'), ('provider_officer', 'provider'),
        ('provider_staff', 'foreign'), ('provider_staff', 'government_issuer'), ('provider_staff', 'provider'),
        ('scheme_editor', 'ab'), ('scheme_editor', 'authority'), ('scheme_approver', 'ab'), ('scheme_approver',
        'authority'), ('system_admin', 'ab'), ('system_admin', 'authority')
              )
            ) THEN
              RAISE EXCEPTION 'role % does not exist in an organisation of this kind', NEW.role USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.appointed_by_id IS NULL AND EXISTS (SELECT FROM parties_appointment) THEN
              RAISE EXCEPTION 'only the first administrator is appointed by nobody' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
            """,
        ),
        AppendOnly("parties_conflictdeclaration"),
        Trigger(
            "parties_conflictdeclaration_now",
            "parties_conflictdeclaration",
            "BEFORE INSERT",
            """
            IF NOT trustreg_is_now(NEW.declared_at) THEN
              RAISE EXCEPTION 'a declaration is dated now' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
            """,
        ),
        OnlyColumns("parties_account", "password", "last_login", "email", "is_active", "language"),
        OnlyColumns("parties_apikey", "revoked_at", "last_used_at"),
        Trigger(
            "parties_apikey_revoked_once",
            "parties_apikey",
            "BEFORE UPDATE",
            """
            IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
              RAISE EXCEPTION 'a revoked key stays revoked' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
            """,
        ),
        AppendOnly("parties_oidarc"),
    ]
