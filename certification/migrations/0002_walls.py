"""The separation of powers, repeated by PostgreSQL for whoever connects.

Each refusal is a check_violation that names its rule. Functions run with the rights of the owner, so that a rule sees the
rows it needs. Times of history are set here (`clock_timestamp()`), never taken from a caller.
"""

from __future__ import annotations

from django.db import migrations

from trustreg.base.migration import AppendOnly, Revoke, Trigger

FUNCTIONS = """
CREATE FUNCTION certification_refuse(rule text, sentence text) RETURNS void LANGUAGE plpgsql AS $trustreg$
BEGIN
  RAISE EXCEPTION '%', sentence USING ERRCODE = 'check_violation', CONSTRAINT = rule;
END $trustreg$;

-- The cooling-off period for a service: the latest version of its legal basis, else the shipped default.
CREATE FUNCTION certification_cooling_off(service uuid) RETURNS int LANGUAGE sql STABLE
  SET search_path = public, pg_temp AS $trustreg$
  SELECT coalesce((
    SELECT c.cooling_off_months FROM certification_scheme c JOIN certification_service s ON s.legal_basis = c.legal_basis
    WHERE s.id = service ORDER BY c.version DESC LIMIT 1), 24)::int
$trustreg$;

CREATE FUNCTION certification_holds(someone uuid, organisation uuid, roles text[]) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = public, pg_temp AS $trustreg$
  SELECT EXISTS (
    SELECT 1 FROM parties_appointment a
    WHERE a.person_id = someone AND a.organisation_id = organisation AND a.role = ANY (roles)
      AND a.starts_at <= clock_timestamp() AND (a.ends_at IS NULL OR a.ends_at > clock_timestamp())
  )
$trustreg$;

-- What stands of a service: the last status, 'none' before the first.
CREATE FUNCTION certification_standing(service uuid) RETURNS text LANGUAGE sql STABLE
  SET search_path = public, pg_temp AS $trustreg$
  SELECT coalesce((SELECT c.to_status FROM certification_statuschange c WHERE c.service_id = service
    ORDER BY c.sequence DESC LIMIT 1), 'none')
$trustreg$;

-- Rule 1 of the separation of powers: who proposes or approves is of the accreditation body in that role, and is tied neither
-- to the applicant nor to the assessing body, nor was in the assessment team.
CREATE FUNCTION certification_check_decider(d certification_decision, someone uuid, roles text[]) RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $trustreg$
DECLARE provider uuid; cooling_off int; case_ record;
BEGIN
  IF NOT certification_holds(someone, d.body_id, roles) THEN
    PERFORM certification_refuse('decider_is_of_the_body', 'the person holds no such role at the accreditation body');
  END IF;
  SELECT provider_id INTO provider FROM certification_service WHERE id = d.service_id;
  cooling_off := certification_cooling_off(d.service_id);
  IF NOT parties_is_independent(someone, provider, clock_timestamp(), cooling_off) THEN
    PERFORM certification_refuse('decider_is_independent_of_the_applicant',
      'the person is tied to the applicant, or was within the cooling-off period');
  END IF;
  FOR case_ IN SELECT a.id, a.cab_id FROM certification_application a WHERE a.id = d.application_id
      OR (d.application_id IS NULL AND a.service_id = d.service_id AND a.status = 'granted') LOOP
    IF NOT parties_is_independent(someone, case_.cab_id, clock_timestamp(), cooling_off) THEN
      PERFORM certification_refuse('decider_is_independent_of_the_cab',
        'the person is tied to the assessing body, or was within the cooling-off period');
    END IF;
    IF EXISTS (SELECT 1 FROM certification_caseassessment c
        JOIN conformity_assessmentmember m ON m.assessment_id = c.assessment_id
        WHERE c.application_id = case_.id AND m.person_id = someone) THEN
      PERFORM certification_refuse('decider_did_not_assess', 'the person was in the assessment team of this case');
    END IF;
  END LOOP;
END $trustreg$;
"""

DROP_FUNCTIONS = """
DROP FUNCTION certification_check_decider(certification_decision, uuid, text[]);
DROP FUNCTION certification_standing(uuid);
DROP FUNCTION certification_holds(uuid, uuid, text[]);
DROP FUNCTION certification_cooling_off(uuid);
DROP FUNCTION certification_refuse(text, text);
"""

NO_DELETE = """
PERFORM certification_refuse(TG_TABLE_NAME || '_is_kept', 'rows of ' || TG_TABLE_NAME || ' are never removed');
RETURN NULL;
"""

SERVICE_KEPT = """
IF (NEW.id, NEW.provider_id, NEW.kind, NEW.registered_by_id, NEW.registered_at)
    IS DISTINCT FROM (OLD.id, OLD.provider_id, OLD.kind, OLD.registered_by_id, OLD.registered_at) THEN
  PERFORM certification_refuse('service_keeps_its_provider_and_kind', 'provider and kind of a service never change');
END IF;
RETURN NEW;
"""

IDENTITY_ADDED = """
IF EXISTS (SELECT 1 FROM certification_serviceidentity i JOIN certification_service s ON s.id = i.service_id
    JOIN certification_service own ON own.id = NEW.service_id
    WHERE i.spki_sha256 = NEW.spki_sha256 AND s.provider_id <> own.provider_id) THEN
  PERFORM certification_refuse('identity_key_belongs_to_one_provider', 'another provider has registered this key');
END IF;
NEW.added_at := clock_timestamp();
RETURN NEW;
"""

INCIDENT_REPORTED = """
SELECT provider_id INTO provider FROM certification_service WHERE id = NEW.service_id;
IF NOT certification_holds(NEW.reported_by_id, provider, ARRAY['provider_officer', 'provider_staff']) THEN
  PERFORM certification_refuse('incident_is_reported_by_the_provider', 'the person holds no role at the provider');
END IF;
NEW.reported_at := clock_timestamp();
RETURN NEW;
"""

APPLICATION_INSERTED = """
IF NEW.status <> 'draft' OR NEW.version <> 1 THEN
  PERFORM certification_refuse('application_starts_as_a_draft', 'an application starts as a draft');
END IF;
IF (SELECT kind FROM parties_organisation WHERE id = NEW.cab_id) <> 'cab' THEN
  PERFORM certification_refuse('application_goes_to_a_cab', 'only a conformity assessment body assesses');
END IF;
NEW.started_at := clock_timestamp();
RETURN NEW;
"""

APPLICATION_UPDATED = """
IF (NEW.id, NEW.serial, NEW.service_id, NEW.started_by_id, NEW.started_at)
    IS DISTINCT FROM (OLD.id, OLD.serial, OLD.service_id, OLD.started_by_id, OLD.started_at) THEN
  PERFORM certification_refuse('application_keeps_its_service', 'service and origin of an application never change');
END IF;
IF OLD.status NOT IN ('draft', 'returned') AND (NEW.kind, NEW.cab_id, NEW.target_level, NEW.usages, NEW.declares_no_disqualification)
    IS DISTINCT FROM (OLD.kind, OLD.cab_id, OLD.target_level, OLD.usages, OLD.declares_no_disqualification) THEN
  PERFORM certification_refuse('application_is_sealed_by_submission', 'what was submitted is not edited');
END IF;
IF NEW.version <> OLD.version + 1 THEN
  PERFORM certification_refuse('application_version_counts_changes', 'each change raises the version by one');
END IF;
IF NEW.status IS DISTINCT FROM (SELECT e.to_status FROM certification_applicationevent e
    WHERE e.application_id = NEW.id ORDER BY e.sequence DESC LIMIT 1) THEN
  PERFORM certification_refuse('application_status_follows_its_history', 'the status is that of the last event');
END IF;
RETURN NEW;
"""

APPLICATION_EVENT = """
SELECT * INTO a FROM certification_application WHERE id = NEW.application_id FOR UPDATE;
SELECT provider_id INTO provider FROM certification_service WHERE id = a.service_id;
SELECT * INTO last FROM certification_applicationevent WHERE application_id = a.id ORDER BY sequence DESC LIMIT 1;
IF NEW.sequence <> coalesce(last.sequence, 0) + 1 OR NEW.from_status <> coalesce(last.to_status, 'none') THEN
  PERFORM certification_refuse('application_event_follows_the_last', 'an event continues where the last one ended');
END IF;
IF NEW.transition IN ('start', 'submit', 'withdraw') AND NOT certification_holds(NEW.person_id, provider,
    CASE NEW.transition WHEN 'start' THEN ARRAY['provider_officer', 'provider_staff'] ELSE ARRAY['provider_officer'] END) THEN
  PERFORM certification_refuse('application_is_moved_by_its_applicant', 'the person holds no role at the applicant');
END IF;
IF NEW.transition IN ('accept', 'refuse', 'assess', 'conclude', 'forward') THEN
  IF NOT certification_holds(NEW.person_id, a.cab_id, ARRAY['cab_clerk', 'cab_lead', 'cab_assessor', 'cab_decider']) THEN
    PERFORM certification_refuse('application_is_moved_by_its_cab', 'the person holds no role at the assessing body');
  END IF;
  IF NOT parties_is_independent(NEW.person_id, provider, clock_timestamp(), certification_cooling_off(a.service_id)) THEN
    PERFORM certification_refuse('application_cab_is_independent', 'the person is tied to the applicant, or was recently');
  END IF;
END IF;
IF NEW.transition = 'accept' AND a.cab_id IN (SELECT parties_organisation_group(provider)) THEN
  PERFORM certification_refuse('application_cab_is_of_another_group', 'a body does not assess a provider of its own group');
END IF;
IF NEW.transition = 'accept' AND EXISTS (
    SELECT needed FROM unnest(a.usages || ARRAY['own']::varchar[]) usage
    CROSS JOIN LATERAL (SELECT kind FROM certification_service WHERE id = a.service_id) own
    CROSS JOIN LATERAL (SELECT CASE WHEN usage = 'own' THEN own.kind WHEN usage = 'esign' THEN 'esign_cert'
      WHEN usage = 'web' THEN 'web_auth' WHEN own.kind = 'device_cert' THEN 'device_cert' ELSE 'eseal_cert' END AS needed) n
    WHERE NOT EXISTS (
      SELECT FROM conformity_accreditation c JOIN conformity_accreditationscope s ON s.accreditation_id = c.id
      WHERE c.cab_id = a.cab_id AND c.status = 'accredited'
        AND c.valid_from <= clock_timestamp() AND c.valid_until > clock_timestamp()
        AND s.service_kind = n.needed AND s.level = a.target_level
        AND s.starts_at <= clock_timestamp() AND (s.ends_at IS NULL OR s.ends_at > clock_timestamp()))) THEN
  PERFORM certification_refuse('application_cab_is_accredited_for_it', 'the body is not accredited for this kind and level today');
END IF;
IF NEW.transition = 'assess' AND NOT EXISTS (SELECT 1 FROM certification_caseassessment c WHERE c.application_id = a.id) THEN
  PERFORM certification_refuse('application_is_assessed_by_an_assessment', 'no assessment was opened for this application');
END IF;
IF NEW.transition = 'conclude' AND NOT EXISTS (SELECT 1 FROM certification_caseassessment c
    JOIN conformity_report r ON r.assessment_id = c.assessment_id WHERE c.application_id = a.id) THEN
  PERFORM certification_refuse('application_is_concluded_by_a_report', 'the assessment has no report');
END IF;
IF NEW.transition = 'forward' THEN
  IF NOT certification_holds(NEW.person_id, a.cab_id, ARRAY['cab_decider']) THEN
    PERFORM certification_refuse('application_is_forwarded_by_a_decider', 'only a decider of the body hands a case over');
  END IF;
  IF EXISTS (SELECT 1 FROM certification_caseassessment c JOIN conformity_assessmentmember m ON m.assessment_id = c.assessment_id
      WHERE c.application_id = a.id AND m.person_id = NEW.person_id) THEN
    PERFORM certification_refuse('application_decider_did_not_assess', 'the decider was in the assessment team');
  END IF;
END IF;
IF NEW.transition IN ('grant', 'reject') AND NOT EXISTS (
    SELECT 1 FROM certification_decision d JOIN certification_decisionapproval p ON p.decision_id = d.id
    WHERE d.application_id = a.id AND p.approver_id = NEW.person_id AND (d.kind = 'reject') = (NEW.transition = 'reject')) THEN
  PERFORM certification_refuse('application_is_decided_by_two_people', 'no approved decision says so');
END IF;
NEW.at := clock_timestamp();
RETURN NEW;
"""

DECISION_INSERTED = """
IF NEW.status NOT IN ('proposed', 'urgent') OR NEW.version <> 1 THEN
  PERFORM certification_refuse('decision_starts_as_a_proposal', 'a decision starts as a proposal');
END IF;
IF (SELECT kind FROM parties_organisation WHERE id = NEW.body_id) <> 'ab' THEN
  PERFORM certification_refuse('decision_is_of_an_accreditation_body', 'only an accreditation body decides');
END IF;
IF NEW.application_id IS NULL THEN
  IF NEW.kind IN ('grant', 'upgrade', 'renew', 'reject') THEN
    PERFORM certification_refuse('decision_rests_on_an_application', 'this kind of decision needs an application');
  END IF;
ELSIF NOT EXISTS (SELECT 1 FROM certification_application a
    WHERE a.id = NEW.application_id AND a.service_id = NEW.service_id AND a.status = 'under_decision') THEN
  PERFORM certification_refuse('decision_is_due', 'the application is not one of this service that waits for a decision');
END IF;
NEW.opened_at := clock_timestamp();
RETURN NEW;
"""

DECISION_UPDATED = """
IF (NEW.id, NEW.serial, NEW.kind, NEW.service_id, NEW.application_id, NEW.body_id, NEW.opened_at)
    IS DISTINCT FROM (OLD.id, OLD.serial, OLD.kind, OLD.service_id, OLD.application_id, OLD.body_id, OLD.opened_at) THEN
  PERFORM certification_refuse('decision_keeps_its_subject', 'the subject of a decision never changes');
END IF;
IF NEW.version <> OLD.version + 1 THEN
  PERFORM certification_refuse('decision_version_counts_changes', 'each change raises the version by one');
END IF;
IF (OLD.status, NEW.status) NOT IN (('proposed', 'proposed'), ('returned', 'proposed'), ('proposed', 'returned'),
    ('proposed', 'approved'), ('proposed', 'dropped'), ('returned', 'dropped')) THEN
  PERFORM certification_refuse('decision_status_is_an_arrow', 'no arrow leads from ' || OLD.status || ' to ' || NEW.status);
END IF;
IF (NEW.status = 'approved') <> EXISTS (SELECT 1 FROM certification_decisionapproval p WHERE p.decision_id = NEW.id) THEN
  PERFORM certification_refuse('decision_approved_has_an_approval', 'approved is what has an approval, and nothing else');
END IF;
RETURN NEW;
"""

PROPOSED = """
SELECT * INTO d FROM certification_decision WHERE id = NEW.decision_id FOR UPDATE;
IF d.status NOT IN ('proposed', 'returned', 'urgent') THEN
  PERFORM certification_refuse('proposal_is_of_an_open_decision', 'the decision is closed');
END IF;
SELECT coalesce(max(revision), 0) INTO latest FROM certification_decisionproposal WHERE decision_id = d.id;
IF NEW.revision <> latest + 1 OR (d.status = 'urgent' AND latest > 0) THEN
  PERFORM certification_refuse('proposal_revision_follows_the_last', 'revisions count one by one');
END IF;
PERFORM certification_check_decider(d, NEW.proposer_id,
  CASE d.status WHEN 'urgent' THEN ARRAY['ab_proposer', 'ab_approver'] ELSE ARRAY['ab_proposer'] END);
content := NEW.content::jsonb;
IF (content->>'decision', content->>'kind', content->>'service', (content->>'urgent')::boolean, content->'cites'->>'application')
    IS DISTINCT FROM (d.id::text, d.kind::text, d.service_id::text, d.status = 'urgent', d.application_id::text) THEN
  PERFORM certification_refuse('proposal_content_is_of_its_decision', 'the content speaks of another decision');
END IF;
IF d.application_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM certification_caseassessment c
    JOIN conformity_report r ON r.assessment_id = c.assessment_id
    JOIN conformity_assessment t ON t.id = c.assessment_id
    JOIN conformity_accreditationscope s ON s.id = t.scope_id
    JOIN conformity_accreditation k ON k.id = s.accreditation_id
    WHERE c.application_id = d.application_id AND r.sha256 = content->'cites'->>'report_sha256'
      AND t.id::text = content->'cites'->>'assessment' AND k.id::text = content->'cites'->>'accreditation'
      AND k.ab_id = d.body_id AND (d.kind = 'reject' OR r.conclusion = 'conform')) THEN
  PERFORM certification_refuse('proposal_rests_on_a_report', 'no report of this case, by a body that this body accredited, bears it');
END IF;
IF d.application_id IS NOT NULL AND d.kind <> 'reject' AND NOT EXISTS (
    SELECT 1 FROM certification_application a WHERE a.id = d.application_id
      AND content->'state'->'usages' <@ to_jsonb(a.usages) AND content->'state'->>'level' = a.target_level) THEN
  PERFORM certification_refuse('proposal_gives_what_was_applied_for', 'level or usages are not those applied for');
END IF;
IF EXISTS (SELECT FROM jsonb_path_query(content, '$.state.identities[*]') k WHERE NOT EXISTS (
    SELECT FROM certification_serviceidentity i WHERE i.service_id = d.service_id
      AND i.certificate_sha256 = k->>'certificate_sha256' AND i.spki_sha256 = k->>'spki_sha256')) THEN
  PERFORM certification_refuse('proposal_names_registered_keys', 'a key of the draft is not registered for the service');
END IF;
NEW.proposed_at := clock_timestamp();
RETURN NEW;
"""

APPROVED = """
SELECT * INTO d FROM certification_decision WHERE id = NEW.decision_id FOR UPDATE;
SELECT * INTO p FROM certification_decisionproposal WHERE id = NEW.proposal_id;
IF d.status <> 'proposed' THEN
  PERFORM certification_refuse('approval_is_of_an_open_proposal', 'nothing is proposed in this decision');
END IF;
IF p.decision_id IS DISTINCT FROM d.id OR p.proposer_id IS DISTINCT FROM NEW.proposer_id
    OR p.revision <> (SELECT max(revision) FROM certification_decisionproposal WHERE decision_id = d.id) THEN
  PERFORM certification_refuse('approval_is_of_the_last_draft', 'the draft was changed after this proposal');
END IF;
IF NEW.content_sha256 IS DISTINCT FROM p.content_sha256 THEN
  PERFORM certification_refuse('approval_is_of_the_hash_shown', 'the hash is not that of the proposal');
END IF;
IF EXISTS (SELECT 1 FROM certification_decisionproposal o WHERE o.decision_id = d.id AND o.proposer_id = NEW.approver_id) THEN
  PERFORM certification_refuse('decision_is_approved_by_another_person', 'whoever wrote a draft of a decision does not approve it');
END IF;
PERFORM certification_check_decider(d, NEW.approver_id, ARRAY['ab_approver']);
IF p.content::jsonb->>'from' <> certification_standing(d.service_id) THEN
  PERFORM certification_refuse('approval_starts_from_what_stands', 'the service has changed since this draft');
END IF;
NEW.decided_at := clock_timestamp();
RETURN NEW;
"""

SENT_BACK = """
SELECT * INTO d FROM certification_decision
  WHERE id = (SELECT decision_id FROM certification_decisionproposal WHERE id = NEW.proposal_id) FOR UPDATE;
IF d.status <> 'proposed' THEN
  PERFORM certification_refuse('return_is_of_an_open_proposal', 'nothing is proposed in this decision');
END IF;
PERFORM certification_check_decider(d, NEW.person_id, ARRAY['ab_approver']);
NEW.at := clock_timestamp();
RETURN NEW;
"""

STATUS_CHANGED = """
PERFORM 1 FROM certification_service WHERE id = NEW.service_id FOR UPDATE;
SELECT * INTO last FROM certification_statuschange WHERE service_id = NEW.service_id ORDER BY sequence DESC LIMIT 1;
IF NEW.sequence <> coalesce(last.sequence, 0) + 1 THEN
  PERFORM certification_refuse('status_change_sequence_has_no_gap', 'sequence numbers count one by one');
END IF;
IF NEW.from_status <> coalesce(last.to_status, 'none') THEN
  PERFORM certification_refuse('status_change_starts_where_the_last_ended', 'the change starts from what does not stand');
END IF;
state := NEW.content::jsonb;
IF state->>'status' IS DISTINCT FROM NEW.to_status OR state->>'service' IS DISTINCT FROM NEW.service_id::text THEN
  PERFORM certification_refuse('status_change_content_is_its_own', 'the content says something else');
END IF;
IF NEW.transition = 'expire' THEN
  IF NEW.decision_id IS DISTINCT FROM last.decision_id
      OR state - ARRAY['status', 'listed_as', 'level', 'reason']
        IS DISTINCT FROM last.content::jsonb - ARRAY['status', 'listed_as', 'level', 'reason']
      OR (state->>'listed_as', state->>'level', state->>'reason') IS DISTINCT FROM ('withdrawn', NULL, 'expired') THEN
    PERFORM certification_refuse('status_change_expiry_changes_nothing_else', 'an expiry only ends what was granted');
  END IF;
  IF coalesce((state->>'valid_until')::timestamptz > clock_timestamp(), true) THEN
    PERFORM certification_refuse('status_change_expiry_is_due', 'the grant has not reached its end');
  END IF;
ELSE
  SELECT d.status, p.content::jsonb AS content INTO decided
    FROM certification_decision d
    JOIN certification_decisionproposal p ON p.decision_id = d.id
    LEFT JOIN certification_decisionapproval a ON a.decision_id = d.id
    WHERE d.id = NEW.decision_id AND (a.proposal_id = p.id OR (d.status = 'urgent' AND NEW.transition = 'suspend'));
  IF decided IS NULL THEN
    PERFORM certification_refuse('status_change_was_decided', 'no approved decision says so');
  END IF;
  IF (decided.content->>'service', decided.content->>'kind', decided.content->>'from', decided.content->>'to')
      IS DISTINCT FROM (NEW.service_id::text, NEW.transition::text, NEW.from_status::text, NEW.to_status::text)
      OR decided.content->'state' IS DISTINCT FROM state THEN
    PERFORM certification_refuse('status_change_is_what_was_decided', 'the decision says something else');
  END IF;
  IF NEW.transition = 'change' AND decided.content->'cites'->>'application' IS NULL
      AND (NOT state->'usages' <@ (last.content::jsonb->'usages')
        OR state->'qualifications' IS DISTINCT FROM last.content::jsonb->'qualifications'
        OR EXISTS (SELECT FROM jsonb_array_elements(state->'identities') k
          WHERE NOT last.content::jsonb->'identities' @> jsonb_build_array(jsonb_build_object('spki_sha256', k->'spki_sha256')))
      ) THEN
    PERFORM certification_refuse('status_change_widens_after_an_assessment', 'a wider scope needs an assessed application');
  END IF;
  IF NEW.transition IN ('reinstate', 'downgrade') AND coalesce((state->>'valid_until')::timestamptz <= clock_timestamp(), true) THEN
    PERFORM certification_refuse('status_change_does_not_outlive_the_grant', 'the grant has reached its end');
  END IF;
END IF;
NEW.decided_at := clock_timestamp();
RETURN NEW;
"""

CASE_OPENED = """
SELECT a.status, a.cab_id, a.target_level, s.provider_id, s.kind INTO app FROM certification_application a
  JOIN certification_service s ON s.id = a.service_id WHERE a.id = NEW.application_id;
IF NOT EXISTS (SELECT 1 FROM conformity_assessment t WHERE t.id = NEW.assessment_id AND t.cab_id = app.cab_id
    AND t.provider_id = app.provider_id AND t.service_kind = app.kind AND t.level = app.target_level) THEN
  PERFORM certification_refuse('case_assessment_is_of_its_application', 'body, provider, kind or level differ');
END IF;
IF app.status NOT IN ('accepted', 'assessing') THEN
  PERFORM certification_refuse('case_assessment_is_of_an_accepted_application', 'the application is not accepted');
END IF;
NEW.opened_at := clock_timestamp();
RETURN NEW;
"""

EVIDENCE_ADDED = """
SELECT a.status, s.provider_id INTO app FROM certification_application a
  JOIN certification_service s ON s.id = a.service_id WHERE a.id = NEW.application_id;
IF app.status IN ('concluded', 'under_decision', 'granted', 'rejected', 'refused', 'withdrawn') THEN
  PERFORM certification_refuse('application_evidence_comes_before_the_conclusion', 'the case is concluded');
END IF;
IF NOT EXISTS (SELECT 1 FROM conformity_evidence e WHERE e.id = NEW.evidence_id AND e.organisation_id = app.provider_id) THEN
  PERFORM certification_refuse('application_evidence_is_of_the_applicant', 'the evidence belongs to another organisation');
END IF;
IF NEW.version <> 1 + (SELECT count(*) FROM certification_applicationevidence e
    WHERE e.application_id = NEW.application_id AND e.kind = NEW.kind AND e.title = NEW.title) THEN
  PERFORM certification_refuse('application_evidence_versions_have_no_gap', 'versions count one by one');
END IF;
NEW.added_at := clock_timestamp();
RETURN NEW;
"""

APPEND_ONLY = (
    "serviceidentity", "incident", "scheme", "documentlevelversion", "applicationevent", "applicationevidence",
    "caseassessment", "decisionproposal", "decisionapproval", "decisionreturn", "statuschange",
)  # fmt: skip


def table(name: str) -> str:
    return f"certification_{name}"


class Migration(migrations.Migration):
    dependencies = [("certification", "0001_initial"), ("conformity", "0001_initial"), ("parties", "0002_walls")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *(AppendOnly(table(name)) for name in APPEND_ONLY),
        *(
            Trigger(f"certification_{name}_kept", table(name), "BEFORE DELETE", NO_DELETE)
            for name in ("service", "application", "decision")
        ),
        *(Revoke("DELETE", table(name), role) for name in ("service", "application", "decision") for role in ("web", "worker")),
        # What binds everybody is amended by the owner alone.
        *(Revoke("INSERT", table(name), role) for name in ("scheme", "documentlevelversion") for role in ("web", "worker")),
        Trigger("certification_service_fixed", table("service"), "BEFORE UPDATE", SERVICE_KEPT),
        Trigger("certification_identity_added", table("serviceidentity"), "BEFORE INSERT", IDENTITY_ADDED),
        Trigger(
            "certification_incident_reported", table("incident"), "BEFORE INSERT", INCIDENT_REPORTED, declare="provider uuid;"
        ),
        Trigger("certification_application_started", table("application"), "BEFORE INSERT", APPLICATION_INSERTED),
        Trigger("certification_application_moved", table("application"), "BEFORE UPDATE", APPLICATION_UPDATED),
        Trigger(
            "certification_application_event_added",
            table("applicationevent"),
            "BEFORE INSERT",
            APPLICATION_EVENT,
            declare="a certification_application; provider uuid; last certification_applicationevent;",
        ),
        Trigger("certification_case_opened", table("caseassessment"), "BEFORE INSERT", CASE_OPENED, declare="app record;"),
        Trigger("certification_evidence_added", table("applicationevidence"), "BEFORE INSERT", EVIDENCE_ADDED, declare="app record;"),
        Trigger("certification_decision_opened", table("decision"), "BEFORE INSERT", DECISION_INSERTED),
        Trigger("certification_decision_moved", table("decision"), "BEFORE UPDATE", DECISION_UPDATED),
        Trigger(
            "certification_proposed",
            table("decisionproposal"),
            "BEFORE INSERT",
            PROPOSED,
            declare="d certification_decision; latest int; content jsonb;",
        ),
        Trigger(
            "certification_approved",
            table("decisionapproval"),
            "BEFORE INSERT",
            APPROVED,
            declare="d certification_decision; p certification_decisionproposal;",
        ),
        Trigger("certification_sent_back", table("decisionreturn"), "BEFORE INSERT", SENT_BACK, declare="d certification_decision;"),
        Trigger(
            "certification_status_changed",
            table("statuschange"),
            "BEFORE INSERT",
            STATUS_CHANGED,
            declare="last certification_statuschange; state jsonb; decided record;",
        ),
    ]
