# The law of publication in PostgreSQL: whoever connects, and whatever the code asks for, it holds.

from django.db import migrations

from trustreg.base.migration import AppendOnly, Grant, Revoke, Trigger

REFUSED = "USING ERRCODE = 'check_violation'"

# Issue times are the database's: within 5 seconds of its clock, whole seconds, later than every other.
STAMP_IS_TRUE = f"""
IF abs(extract(epoch FROM clock_timestamp() - NEW.issued_at)) > 5 THEN
  RAISE EXCEPTION 'issue time % is more than 5 seconds off the database clock %', NEW.issued_at, clock_timestamp() {REFUSED};
END IF;
IF date_trunc('second', NEW.issued_at) <> NEW.issued_at THEN
  RAISE EXCEPTION 'issue time % has fractions of a second', NEW.issued_at {REFUSED};
END IF;
IF EXISTS (SELECT FROM qualified_list_listissue WHERE sequence <> NEW.sequence AND issued_at >= NEW.issued_at) THEN
  RAISE EXCEPTION 'issue time % is not later than that of every other list', NEW.issued_at {REFUSED};
END IF;
IF NEW.content_hash <> encode(sha256(convert_to(NEW.content, 'UTF8')), 'hex') THEN
  RAISE EXCEPTION 'content hash of list % is not the SHA-256 of its content', NEW.sequence {REFUSED};
END IF;
IF NEW.unsigned_sha256 <> encode(sha256(NEW.unsigned), 'hex') THEN
  RAISE EXCEPTION 'digest of the unsigned list % is not the SHA-256 of its bytes', NEW.sequence {REFUSED};
END IF;
"""


class Migration(migrations.Migration):
    dependencies = [("qualified_list", "0001_initial"), ("certification", "0001_initial"), ("parties", "0001_initial")]

    operations = [
        AppendOnly("qualified_list_schemeversion"),
        AppendOnly("qualified_list_listedservice"),
        AppendOnly("qualified_list_listedservicemember"),
        AppendOnly("qualified_list_listedstate"),
        AppendOnly("qualified_list_listsignature"),
        AppendOnly("qualified_list_refusal"),
        Trigger(
            "list_scheme_version_is_next",
            "qualified_list_schemeversion",
            "BEFORE INSERT",
            f"""
            IF NEW.version <> coalesce((SELECT max(version) FROM qualified_list_schemeversion), 0) + 1 THEN
              RAISE EXCEPTION 'version % of the scheme is not the next one', NEW.version {REFUSED};
            END IF;
            RETURN NEW;
            """,
        ),
        Trigger(
            "list_issue_is_next",
            "qualified_list_listissue",
            "BEFORE INSERT",
            f"""
            IF NEW.sequence <> coalesce((SELECT max(sequence) FROM qualified_list_listissue), 0) + 1 THEN
              RAISE EXCEPTION 'sequence % is not the next one', NEW.sequence {REFUSED};
            END IF;
            IF EXISTS (SELECT FROM qualified_list_listissue WHERE state <> 'released') THEN
              RAISE EXCEPTION 'list % cannot begin: the list before it is not released', NEW.sequence {REFUSED};
            END IF;
            IF NEW.state <> 'compiled' OR NEW.log_index IS NOT NULL OR NEW.sha256 <> '' THEN
              RAISE EXCEPTION 'list % must begin as compiled', NEW.sequence {REFUSED};
            END IF;
            {STAMP_IS_TRUE}
            RETURN NEW;
            """,
        ),
        Trigger(
            "list_issue_is_stamped_before_it_is_signed",
            "qualified_list_listissue",
            "BEFORE UPDATE OF sequence, scheme_version_id, content, content_hash, decisions, mark, services, issued_at, next_update,"
            " unsigned, unsigned_sha256, compiled_at",
            f"""
            IF NEW.sequence <> OLD.sequence THEN
              RAISE EXCEPTION 'sequence % of a list never changes', OLD.sequence {REFUSED};
            END IF;
            IF OLD.state NOT IN ('compiled', 'checked') OR NEW.state <> 'compiled'
               OR EXISTS (SELECT FROM qualified_list_listsignature WHERE issue_id = OLD.sequence) THEN
              RAISE EXCEPTION 'list % is signed: its content and time never change', OLD.sequence {REFUSED};
            END IF;
            IF NEW.issued_at <= OLD.issued_at THEN
              RAISE EXCEPTION 'list % must be stamped anew with a later time', OLD.sequence {REFUSED};
            END IF;
            {STAMP_IS_TRUE}
            RETURN NEW;
            """,
        ),
        Trigger(
            "list_issue_moves_forward",
            "qualified_list_listissue",
            "BEFORE UPDATE",
            f"""
            IF OLD.state = 'released' THEN
              RAISE EXCEPTION 'list % was released and never changes', OLD.sequence {REFUSED};
            END IF;
            IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
                 ('checked', 'compiled'), ('compiled', 'checked'), ('checked', 'signed'), ('signed', 'verified'), ('verified', 'released')) THEN
              RAISE EXCEPTION 'list % cannot go from % to %', OLD.sequence, OLD.state, NEW.state {REFUSED};
            END IF;
            IF OLD.log_index IS NOT NULL AND NEW.log_index IS DISTINCT FROM OLD.log_index THEN
              RAISE EXCEPTION 'the place of list % in the log never changes', OLD.sequence {REFUSED};
            END IF;
            IF NEW.state IN ('signed', 'verified', 'released') AND NOT EXISTS (
                 SELECT FROM qualified_list_listsignature WHERE issue_id = NEW.sequence AND sha256 = NEW.sha256) THEN
              RAISE EXCEPTION 'list % has no signature of that digest', OLD.sequence {REFUSED};
            END IF;
            RETURN NEW;
            """,
        ),
        Trigger(
            "list_issue_stays",
            "qualified_list_listissue",
            "BEFORE DELETE",
            f"RAISE EXCEPTION 'list % is never removed', OLD.sequence {REFUSED};",
        ),
        # The row lock decides the race between the signer and a worker that stamps anew: whoever comes second sees the first.
        Trigger(
            "list_signature_is_of_its_issue",
            "qualified_list_listsignature",
            "BEFORE INSERT",
            f"""
            SELECT state, unsigned_sha256 INTO issue_state, issue_digest FROM qualified_list_listissue
              WHERE sequence = NEW.issue_id FOR UPDATE;
            IF issue_state IS DISTINCT FROM 'checked' THEN
              RAISE EXCEPTION 'list % is not waiting for a signature', NEW.issue_id {REFUSED};
            END IF;
            IF issue_digest <> NEW.unsigned_sha256 THEN
              RAISE EXCEPTION 'the signature is of other bytes than those of list %', NEW.issue_id {REFUSED};
            END IF;
            IF NEW.sha256 <> encode(sha256(NEW.signed), 'hex') OR NEW.signer_sha256 <> encode(sha256(NEW.signer_certificate), 'hex') THEN
              RAISE EXCEPTION 'a digest of the signature of list % is wrong', NEW.issue_id {REFUSED};
            END IF;
            RETURN NEW;
            """,
            declare="issue_state text; issue_digest text;",
        ),
        Trigger(
            "listed_state_starts_with_its_issue",
            "qualified_list_listedstate",
            "BEFORE INSERT",
            f"""
            SELECT state, issued_at INTO issue_state, issue_time FROM qualified_list_listissue WHERE sequence = NEW.issue_id;
            IF issue_state IS DISTINCT FROM 'verified' THEN
              RAISE EXCEPTION 'list % is not about to be released', NEW.issue_id {REFUSED};
            END IF;
            IF issue_time <> NEW.start THEN
              RAISE EXCEPTION 'a state starts with the list that first carries it: got %, list % was issued at %',
                NEW.start, NEW.issue_id, issue_time {REFUSED};
            END IF;
            RETURN NEW;
            """,
            declare="issue_state text; issue_time timestamptz;",
        ),
        # Who may write what: the web process the scheme alone, the worker everything but signatures, the signer nothing else.
        *(
            Revoke("INSERT", f"qualified_list_{table}", "web")
            for table in ("listedservice", "listedservicemember", "listedstate", "listsignature", "refusal")
        ),
        Revoke("INSERT, UPDATE, DELETE", "qualified_list_listissue", "web"),
        Revoke("DELETE", "qualified_list_listissue", "worker"),
        Revoke("INSERT", "qualified_list_listsignature", "worker"),
        Revoke("INSERT", "qualified_list_schemeversion", "worker"),
        *(
            Grant("SELECT", f"qualified_list_{table}", "signer")
            for table in ("schemeversion", "listedservice", "listedservicemember", "listissue", "listedstate")
        ),
        Grant("SELECT, INSERT", "qualified_list_listsignature", "signer"),
        Grant("SELECT, INSERT", "qualified_list_refusal", "signer"),
        # What the signer re-checks for itself.
        *(
            Grant("SELECT", f"certification_{table}", "signer")
            for table in ("service", "serviceidentity", "statuschange", "decision", "decisionproposal", "decisionapproval")
        ),
        Grant("SELECT", "parties_organisation", "signer"),
        migrations.RunSQL(
            """
            CREATE VIEW qualified_list_published AS
              SELECT i.sequence, i.issued_at, i.next_update, i.sha256, i.services, i.log_index, s.signed, s.signer_sha256
              FROM qualified_list_listissue i JOIN qualified_list_listsignature s ON s.issue_id = i.sequence
              WHERE i.state = 'released';
            GRANT SELECT ON qualified_list_published TO trustreg_public;
            """,
            "DROP VIEW qualified_list_published;",
        ),
    ]
