# What PostgreSQL itself refuses: moves outside the lifecycle or the present, assessments outside an accredited scope,
# dependent assessors, unproven conclusions, and any change of what is concluded, approved or in force.

from django.db import migrations

from trustreg.base.migration import AppendOnly, Revoke, Trigger
from trustreg.parties.migration import OnlyColumns

MOVE = ("status", "transition", "previous_status", "revision", "moved_at", "moved_by_id")
MOVING = ("conformity_criteriaset", "conformity_accreditation", "conformity_assessment", "conformity_finding")

FUNCTIONS = """
CREATE FUNCTION conformity_guard_move() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $trustreg$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.revision = OLD.revision THEN
    IF (NEW.status, NEW.transition, NEW.previous_status, NEW.moved_at, NEW.moved_by_id)
       IS DISTINCT FROM (OLD.status, OLD.transition, OLD.previous_status, OLD.moved_at, OLD.moved_by_id) THEN
      RAISE EXCEPTION 'a status of % changes by a numbered move only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF NOT trustreg_is_now(NEW.moved_at) THEN
    RAISE EXCEPTION 'a move of % is dated now', TG_TABLE_NAME USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.revision <> 0 OR NEW.previous_status <> '' THEN
      RAISE EXCEPTION '% begins with its first move', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NEW.revision <> OLD.revision + 1 OR NEW.previous_status <> OLD.status THEN
    RAISE EXCEPTION 'a move of % starts where the last one ended', TG_TABLE_NAME USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $trustreg$;

CREATE FUNCTION conformity_record_move() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $trustreg$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.revision = OLD.revision THEN
    RETURN NULL;
  END IF;
  INSERT INTO conformity_movement (subject_type, subject_id, revision, transition, from_status, to_status, by_id, at)
  VALUES (TG_TABLE_NAME, NEW.id, NEW.revision, NEW.transition, NEW.previous_status, NEW.status, NEW.moved_by_id, NEW.moved_at);
  RETURN NULL;
END $trustreg$;

CREATE FUNCTION conformity_scope_holds(scope uuid, moment timestamptz) RETURNS boolean
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp AS $trustreg$
  SELECT EXISTS (
    SELECT FROM conformity_accreditationscope s JOIN conformity_accreditation a ON a.id = s.accreditation_id
    WHERE s.id = scope AND a.status = 'accredited' AND a.valid_from <= moment AND moment < a.valid_until
      AND s.starts_at <= moment AND (s.ends_at IS NULL OR moment < s.ends_at)
  )
$trustreg$;

CREATE FUNCTION conformity_criteria_usable(chosen uuid, moment timestamptz) RETURNS boolean
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp AS $trustreg$
  SELECT EXISTS (
    SELECT FROM conformity_criteriaset c
    WHERE c.id = chosen AND (c.status = 'in_force' OR (c.status = 'superseded' AND moment < c.transition_until))
  )
$trustreg$;

CREATE FUNCTION conformity_applies(tier text, levels text[], kinds text[], kind text, level text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $trustreg$
  SELECT tier <> 'cab_designation' AND level = ANY (levels) AND (cardinality(kinds) = 0 OR kind = ANY (kinds))
$trustreg$;

CREATE FUNCTION conformity_in_team(chosen uuid, person uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $trustreg$
  SELECT EXISTS (
    SELECT FROM conformity_assessmentmember m WHERE m.assessment_id = chosen AND m.person_id = person AND m.removed_at IS NULL
  )
$trustreg$;

CREATE FUNCTION conformity_appointed(person uuid, organisation uuid, wanted text[], moment timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $trustreg$
  SELECT EXISTS (
    SELECT FROM parties_appointment p
    WHERE p.person_id = person AND p.organisation_id = organisation AND p.role = ANY (wanted)
      AND p.starts_at <= moment AND (p.ends_at IS NULL OR moment < p.ends_at)
  )
$trustreg$;

CREATE FUNCTION conformity_cites_only(provider uuid, cited text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $trustreg$
  SELECT NOT EXISTS (
    SELECT FROM unnest(cited) AS digest
    WHERE NOT EXISTS (SELECT FROM conformity_evidence e WHERE e.organisation_id = provider AND e.sha256 = digest)
  )
$trustreg$;

CREATE FUNCTION conformity_refuse(sentence text) RETURNS void LANGUAGE plpgsql AS $trustreg$
BEGIN
  RAISE EXCEPTION '%', sentence USING ERRCODE = 'check_violation';
END $trustreg$;
"""
DROP_FUNCTIONS = """
DROP FUNCTION conformity_refuse(text);
DROP FUNCTION conformity_cites_only(uuid, text[]);
DROP FUNCTION conformity_appointed(uuid, uuid, text[], timestamptz);
DROP FUNCTION conformity_in_team(uuid, uuid);
DROP FUNCTION conformity_applies(text, text[], text[], text, text);
DROP FUNCTION conformity_criteria_usable(uuid, timestamptz);
DROP FUNCTION conformity_scope_holds(uuid, timestamptz);
DROP FUNCTION conformity_record_move();
DROP FUNCTION conformity_guard_move();
"""


def moves(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_guard_move BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION conformity_guard_move();"
        f"CREATE TRIGGER {table}_record_move AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION conformity_record_move();",
        f"DROP TRIGGER {table}_guard_move ON {table}; DROP TRIGGER {table}_record_move ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("conformity", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *(moves(table) for table in MOVING),
        AppendOnly("conformity_movement"),
        Revoke("INSERT", "conformity_movement", "web"),
        Revoke("INSERT", "conformity_movement", "worker"),
        # Criteria: fixed from approval on.
        OnlyColumns(
            "conformity_criteriaset", *MOVE, "title_ja", "title_en", "approver_id", "sha256", "in_force_from", "transition_until"
        ),
        Trigger(
            "conformity_criteriaset_fixed",
            "conformity_criteriaset",
            "BEFORE UPDATE",
            """
            IF OLD.status NOT IN ('draft', 'public_comment') AND (
              (NEW.title_ja, NEW.title_en, NEW.approver_id, NEW.sha256)
                IS DISTINCT FROM (OLD.title_ja, OLD.title_en, OLD.approver_id, OLD.sha256)
              OR (OLD.in_force_from IS NOT NULL AND NEW.in_force_from IS DISTINCT FROM OLD.in_force_from)
              OR (OLD.transition_until IS NOT NULL AND NEW.transition_until IS DISTINCT FROM OLD.transition_until)
            ) THEN
              PERFORM conformity_refuse('an approved criteria set never changes');
            END IF;
            RETURN NEW;
            """,
        ),
        Trigger(
            "conformity_criterion_fixed",
            "conformity_criterion",
            "BEFORE INSERT OR UPDATE OR DELETE",
            """
            IF EXISTS (
              SELECT FROM conformity_criteriaset c
              WHERE c.status <> 'draft' AND (
                (TG_OP <> 'INSERT' AND c.id = OLD.criteria_set_id) OR (TG_OP <> 'DELETE' AND c.id = NEW.criteria_set_id)
              )
            ) THEN
              PERFORM conformity_refuse('criteria change in a draft only');
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
            """,
        ),
        # Accreditation: two independent people, on a body of another group.
        OnlyColumns("conformity_accreditation", *MOVE, "valid_from", "valid_until"),
        Trigger(
            "conformity_accreditation_bodies",
            "conformity_accreditation",
            "BEFORE INSERT",
            """
            IF (SELECT kind FROM parties_organisation WHERE id = NEW.ab_id) <> 'ab'
               OR (SELECT kind FROM parties_organisation WHERE id = NEW.cab_id) <> 'cab' THEN
              PERFORM conformity_refuse('an accreditation body accredits a conformity assessment body');
            END IF;
            IF NEW.cab_id IN (SELECT parties_organisation_group(NEW.ab_id)) THEN
              PERFORM conformity_refuse('a body does not accredit a body of its own group');
            END IF;
            IF NEW.valid_from IS NOT NULL OR NEW.valid_until IS NOT NULL THEN
              PERFORM conformity_refuse('validity comes with the decision');
            END IF;
            RETURN NEW;
            """,
        ),
        Trigger(
            "conformity_accreditation_decided",
            "conformity_accreditation",
            "BEFORE UPDATE",
            """
            IF (NEW.valid_from, NEW.valid_until) IS DISTINCT FROM (OLD.valid_from, OLD.valid_until)
               AND (OLD.valid_from IS NOT NULL OR NEW.transition <> 'accredit' OR NEW.revision = OLD.revision) THEN
              PERFORM conformity_refuse('validity is set once, when accreditation is granted');
            END IF;
            IF NEW.revision > OLD.revision AND NEW.transition = 'expire' AND NEW.valid_until > NEW.moved_at THEN
              PERFORM conformity_refuse('an accreditation expires at the end of its validity');
            END IF;
            IF NEW.revision > OLD.revision AND NEW.transition IN ('accredit', 'suspend', 'lift', 'withdraw') AND NOT EXISTS (
              SELECT FROM conformity_accreditationdecision d
              WHERE d.accreditation_id = NEW.id AND d.outcome = 'approved' AND d.decided_at = NEW.moved_at
                AND d.kind = CASE NEW.transition WHEN 'accredit' THEN 'grant' ELSE NEW.transition END
            ) THEN
              PERFORM conformity_refuse('this move needs a decision of two people');
            END IF;
            RETURN NEW;
            """,
        ),
        OnlyColumns("conformity_accreditationdecision", "outcome", "decided_by_id", "decided_at"),
        Trigger(
            "conformity_accreditationdecision_people",
            "conformity_accreditationdecision",
            "BEFORE INSERT OR UPDATE",
            """
            IF TG_OP = 'INSERT' THEN
              IF NEW.outcome <> '' OR NOT trustreg_is_now(NEW.proposed_at) THEN
                PERFORM conformity_refuse('a decision begins as a proposal, dated now');
              END IF;
              who := NEW.proposed_by_id; moment := NEW.proposed_at; wanted := ARRAY['ab_proposer'];
            ELSE
              IF OLD.outcome <> '' OR NOT trustreg_is_now(NEW.decided_at) THEN
                PERFORM conformity_refuse('a decision is taken once, dated now');
              END IF;
              who := NEW.decided_by_id; moment := NEW.decided_at; wanted := ARRAY['ab_approver'];
            END IF;
            SELECT * INTO accreditation FROM conformity_accreditation WHERE id = NEW.accreditation_id;
            IF NOT conformity_appointed(who, accreditation.ab_id, wanted, moment) THEN
              PERFORM conformity_refuse('only people whom the accreditation body appointed to it propose and approve');
            END IF;
            IF NOT parties_is_independent(who, accreditation.cab_id, moment, 0) THEN
              PERFORM conformity_refuse('whoever decides is not of the body decided on');
            END IF;
            RETURN NEW;
            """,
            declare="who uuid; moment timestamptz; wanted text[]; accreditation conformity_accreditation;",
        ),
        OnlyColumns("conformity_accreditationscope", "ends_at", "ended_by_decision_id"),
        Trigger(
            "conformity_accreditationscope_decided",
            "conformity_accreditationscope",
            "BEFORE INSERT OR UPDATE",
            """
            IF TG_OP = 'INSERT' THEN
              IF NEW.ends_at IS NOT NULL OR NOT EXISTS (
                SELECT FROM conformity_accreditationdecision d
                WHERE d.id = NEW.decision_id AND d.accreditation_id = NEW.accreditation_id AND d.outcome = 'approved'
                  AND d.kind IN ('grant', 'scope') AND d.decided_at = NEW.starts_at AND trustreg_is_now(d.decided_at)
              ) THEN
                PERFORM conformity_refuse('a scope is added by a decision of two people, from that moment');
              END IF;
              IF NOT conformity_criteria_usable(NEW.criteria_set_id, NEW.starts_at) THEN
                PERFORM conformity_refuse('a scope names criteria that are in force');
              END IF;
            ELSIF OLD.ends_at IS NOT NULL OR NOT EXISTS (
              SELECT FROM conformity_accreditationdecision d
              WHERE d.id = NEW.ended_by_decision_id AND d.accreditation_id = NEW.accreditation_id AND d.outcome = 'approved'
                AND d.kind = 'scope' AND d.decided_at = NEW.ends_at AND trustreg_is_now(d.decided_at)
            ) THEN
              PERFORM conformity_refuse('a scope ends by a decision of two people, from that moment');
            END IF;
            RETURN NEW;
            """,
        ),
        # Assessment: in scope, by an independent team, concluded by somebody else, then frozen.
        OnlyColumns("conformity_assessment", *MOVE),
        Trigger(
            "conformity_assessment_in_scope",
            "conformity_assessment",
            "BEFORE INSERT",
            """
            IF NOT trustreg_is_now(NEW.opened_at) THEN
              PERFORM conformity_refuse('an assessment is opened now');
            END IF;
            IF NOT EXISTS (
              SELECT FROM conformity_accreditationscope s JOIN conformity_accreditation a ON a.id = s.accreditation_id
              WHERE s.id = NEW.scope_id AND a.cab_id = NEW.cab_id AND s.service_kind = NEW.service_kind AND s.level = NEW.level
                AND s.criteria_set_id = NEW.criteria_set_id
            ) OR NOT conformity_scope_holds(NEW.scope_id, NEW.opened_at) THEN
              PERFORM conformity_refuse('the body is not accredited for this kind, level and criteria set at this moment');
            END IF;
            IF NOT conformity_criteria_usable(NEW.criteria_set_id, NEW.opened_at) THEN
              PERFORM conformity_refuse('these criteria are not in force');
            END IF;
            IF NEW.provider_id IN (SELECT parties_organisation_group(NEW.cab_id)) THEN
              PERFORM conformity_refuse('a body does not assess a provider of its own group');
            END IF;
            RETURN NEW;
            """,
        ),
        Trigger(
            "conformity_assessment_concluded",
            "conformity_assessment",
            "BEFORE UPDATE",
            """
            IF NEW.revision > OLD.revision AND NEW.transition = 'conclude'
               AND NOT EXISTS (SELECT FROM conformity_report r WHERE r.assessment_id = NEW.id) THEN
              PERFORM conformity_refuse('an assessment is concluded by its report');
            END IF;
            RETURN NEW;
            """,
        ),
        OnlyColumns("conformity_assessmentmember", "removed_at"),
        Trigger(
            "conformity_assessmentmember_independent",
            "conformity_assessmentmember",
            "BEFORE INSERT OR UPDATE",
            """
            SELECT * INTO assessment FROM conformity_assessment WHERE id = NEW.assessment_id;
            IF assessment.status NOT IN ('opened', 'documents', 'on_site') THEN
              PERFORM conformity_refuse('the team of this assessment is fixed');
            END IF;
            IF TG_OP = 'UPDATE' THEN
              IF OLD.removed_at IS NOT NULL OR NOT trustreg_is_now(NEW.removed_at) THEN
                PERFORM conformity_refuse('a member leaves once, now');
              END IF;
              RETURN NEW;
            END IF;
            IF NEW.removed_at IS NOT NULL OR NOT trustreg_is_now(NEW.assigned_at) THEN
              PERFORM conformity_refuse('a member is assigned now');
            END IF;
            IF NOT EXISTS (
              SELECT FROM parties_conflictdeclaration d
              WHERE d.id = NEW.declaration_id AND d.person_id = NEW.person_id AND d.organisation_id = assessment.provider_id
                AND d.kind = 'none' AND d.declared_at <= NEW.assigned_at
            ) THEN
              PERFORM conformity_refuse('a member has declared before to have no conflict with the provider');
            END IF;
            IF NOT parties_is_independent(NEW.person_id, assessment.provider_id, NEW.assigned_at, assessment.cooling_off_months) THEN
              PERFORM conformity_refuse('a member is not tied to the provider, now or in the cooling-off period');
            END IF;
            IF NOT conformity_appointed(
              NEW.person_id, assessment.cab_id,
              CASE NEW.role WHEN 'lead' THEN ARRAY['cab_lead'] ELSE ARRAY['cab_lead', 'cab_assessor'] END, NEW.assigned_at
            ) THEN
              PERFORM conformity_refuse('a member is an assessor of the body');
            END IF;
            RETURN NEW;
            """,
            declare="assessment conformity_assessment;",
        ),
        AppendOnly("conformity_criterionresult"),
        Trigger(
            "conformity_criterionresult_of_team",
            "conformity_criterionresult",
            "BEFORE INSERT",
            """
            SELECT * INTO assessment FROM conformity_assessment WHERE id = NEW.assessment_id FOR SHARE;
            IF assessment.status NOT IN ('documents', 'on_site') OR NOT trustreg_is_now(NEW.at)
               OR NOT conformity_scope_holds(assessment.scope_id, NEW.at) THEN
              PERFORM conformity_refuse('results are recorded now, while an accredited body assesses');
            END IF;
            IF NOT conformity_in_team(assessment.id, NEW.by_id) THEN
              PERFORM conformity_refuse('results are recorded by the team');
            END IF;
            IF NOT EXISTS (
              SELECT FROM conformity_criterion c
              WHERE c.id = NEW.criterion_id AND c.criteria_set_id = assessment.criteria_set_id
                AND conformity_applies(c.tier, c.levels::text[], c.service_kinds::text[], assessment.service_kind, assessment.level)
            ) THEN
              PERFORM conformity_refuse('this criterion does not apply to this assessment');
            END IF;
            IF NOT conformity_cites_only(assessment.provider_id, NEW.evidence::text[]) THEN
              PERFORM conformity_refuse('a result cites evidence that the provider handed in');
            END IF;
            RETURN NEW;
            """,
            declare="assessment conformity_assessment;",
        ),
        OnlyColumns("conformity_finding", *MOVE, "grade", "plan_due", "close_due", "corrected_by_id", "verified_by_id"),
        Trigger(
            "conformity_finding_of_team",
            "conformity_finding",
            "BEFORE INSERT OR UPDATE",
            """
            SELECT * INTO assessment FROM conformity_assessment WHERE id = NEW.assessment_id FOR SHARE;
            IF TG_OP = 'INSERT' THEN
              IF assessment.status NOT IN ('documents', 'on_site') OR NOT trustreg_is_now(NEW.raised_at)
                 OR NOT conformity_in_team(assessment.id, NEW.raised_by_id) THEN
                PERFORM conformity_refuse('findings are raised by the team while it assesses');
              END IF;
              RETURN NEW;
            END IF;
            IF (NEW.grade, NEW.plan_due, NEW.close_due) IS DISTINCT FROM (OLD.grade, OLD.plan_due, OLD.close_due)
               AND (assessment.status NOT IN ('documents', 'on_site') OR NEW.grade = OLD.grade OR NOT EXISTS (
                 SELECT FROM conformity_findinganswer a
                 WHERE a.finding_id = NEW.id AND a.kind = 'regraded' AND a.by_id <> OLD.raised_by_id AND trustreg_is_now(a.at)
               )) THEN
              PERFORM conformity_refuse('a second person regrades during the assessment; deadlines follow the grade');
            END IF;
            -- Minor findings may be followed up after a conclusion; what was concluded on stands in the report.
            IF assessment.status = 'cancelled' OR (assessment.status = 'concluded' AND OLD.grade <> 'minor') THEN
              PERFORM conformity_refuse('this assessment is frozen');
            END IF;
            IF NEW.corrected_by_id IS DISTINCT FROM OLD.corrected_by_id
               AND (NEW.revision = OLD.revision OR NEW.transition NOT IN ('correct', 'reopen')) THEN
              PERFORM conformity_refuse('the corrector is set by the correction');
            END IF;
            IF NEW.verified_by_id IS NOT NULL AND NOT conformity_in_team(assessment.id, NEW.verified_by_id) THEN
              PERFORM conformity_refuse('the team verifies');
            END IF;
            IF NEW.corrected_by_id IS NOT NULL AND conformity_in_team(assessment.id, NEW.corrected_by_id) THEN
              PERFORM conformity_refuse('the team does not correct');
            END IF;
            RETURN NEW;
            """,
            declare="assessment conformity_assessment;",
        ),
        AppendOnly("conformity_findinganswer"),
        AppendOnly("conformity_report"),
        Trigger(
            "conformity_report_is_proven",
            "conformity_report",
            "BEFORE INSERT",
            """
            SELECT * INTO assessment FROM conformity_assessment WHERE id = NEW.assessment_id FOR UPDATE;
            IF assessment.status <> 'review' OR NOT trustreg_is_now(NEW.concluded_at)
               OR NOT conformity_scope_holds(assessment.scope_id, NEW.concluded_at) THEN
              PERFORM conformity_refuse('an accredited body concludes what its lead has submitted');
            END IF;
            IF NEW.sha256 <> encode(sha256(convert_to(NEW.body, 'UTF8')), 'hex') THEN
              PERFORM conformity_refuse('the digest is not that of the body');
            END IF;
            IF EXISTS (
              SELECT FROM conformity_assessmentmember m WHERE m.assessment_id = NEW.assessment_id AND m.person_id = NEW.concluded_by_id
            ) OR NOT conformity_appointed(NEW.concluded_by_id, assessment.cab_id, ARRAY['cab_decider'], NEW.concluded_at)
              OR NOT parties_is_independent(
                NEW.concluded_by_id, assessment.provider_id, NEW.concluded_at, assessment.cooling_off_months
              ) THEN
              PERFORM conformity_refuse('a decider of the body concludes who was never in the team and is independent of the provider');
            END IF;
            IF EXISTS (
              SELECT FROM conformity_criterion c
              WHERE c.criteria_set_id = assessment.criteria_set_id
                AND conformity_applies(c.tier, c.levels::text[], c.service_kinds::text[], assessment.service_kind, assessment.level)
                AND NOT EXISTS (
                  SELECT FROM conformity_criterionresult r WHERE r.assessment_id = NEW.assessment_id AND r.criterion_id = c.id
                )
            ) THEN
              PERFORM conformity_refuse('every applicable criterion needs a result');
            END IF;
            IF NEW.conclusion = 'conform' AND EXISTS (
              SELECT FROM conformity_finding f
              WHERE f.assessment_id = NEW.assessment_id AND (
                (f.grade = 'major' AND f.status <> 'verified_closed')
                OR (f.grade = 'minor' AND f.status NOT IN ('plan_accepted', 'corrected', 'verified_closed'))
              )
            ) THEN
              PERFORM conformity_refuse('a major finding is not closed and verified, or a minor one has no accepted plan');
            END IF;
            IF NEW.conclusion = 'conform' AND EXISTS (
              SELECT FROM (
                SELECT DISTINCT ON (r.criterion_id) r.criterion_id, r.outcome FROM conformity_criterionresult r
                WHERE r.assessment_id = NEW.assessment_id ORDER BY r.criterion_id, r.version DESC
              ) AS latest
              WHERE latest.outcome = 'nonconform' AND NOT EXISTS (
                SELECT FROM conformity_finding f
                WHERE f.assessment_id = NEW.assessment_id AND f.criterion_id = latest.criterion_id AND f.grade = 'minor'
              )
            ) THEN
              PERFORM conformity_refuse('a nonconformity without a minor finding does not conform');
            END IF;
            RETURN NEW;
            """,
            declare="assessment conformity_assessment;",
        ),
        # Evidence: written once.
        OnlyColumns("conformity_evidence", "receipt", "receipt_time"),
        Trigger(
            "conformity_evidence_is_written_once",
            "conformity_evidence",
            "BEFORE INSERT OR UPDATE",
            """
            IF TG_OP = 'UPDATE' THEN
              IF OLD.receipt IS NOT NULL THEN
                PERFORM conformity_refuse('a receipt is kept');
              END IF;
              RETURN NEW;
            END IF;
            IF NOT trustreg_is_now(NEW.uploaded_at) OR NEW.receipt IS NOT NULL THEN
              PERFORM conformity_refuse('evidence is handed in now, its receipt comes later');
            END IF;
            IF NEW.previous_id IS NOT NULL AND NOT EXISTS (
              SELECT FROM conformity_evidence e
              WHERE e.id = NEW.previous_id AND e.organisation_id = NEW.organisation_id AND e.version = NEW.version - 1
            ) THEN
              PERFORM conformity_refuse('a version follows the one before, of the same organisation');
            END IF;
            RETURN NEW;
            """,
        ),
        AppendOnly("conformity_custodyentry"),
    ]
