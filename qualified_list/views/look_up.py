"""What somebody has in hand (an identifier, a certificate, a document) and what the registry knows of it."""

from __future__ import annotations

import base64
import uuid
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from conformity.selectors import accreditations_public
from qualified_list import look_up_words, selectors
from qualified_list.domain import effect as effects
from qualified_list.domain.effect import Effect
from qualified_list.domain.identifiers import LONGEST_TEXT, Identifier, Kind, recognise, recognise_file
from qualified_list.selectors import look_up as records
from signing.views import check
from signing.views.result import size_words
from trustreg.base import clock, corporate_number
from trustreg.base.clock import utc_text
from trustreg.base.errors import InvalidInput, NotFound, TrustregError
from trustreg.base.moments import local_text, read_moment
from trustreg.base.words import Words, either, language, say
from trustreg.conf import settings as conf
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.trust import Reason, Result, Standing

_DIGEST_DIGITS: Final = frozenset("0123456789abcdef")

REFUSED: Final = {
    Kind.EMPTY: Words("調べるものを入力してください。", "Enter what you want to look up."),
    Kind.UNKNOWN: Words(
        "何を調べるのか分かりませんでした。下の種類のどれかを入力してください。",
        "We could not tell what this is. Enter one of the kinds below.",
    ),
    Kind.BROKEN_CERTIFICATE: Words(
        "証明書を読み取れませんでした。途中が欠けている可能性があります。もう一度コピーするか、ファイルで選んでください。",
        "The certificate could not be read; a part may be missing. Copy it again, or choose its file.",
    ),
    Kind.MY_NUMBER: Words(
        "個人番号らしい 12 桁の数字があったため、その部分を消しました。法人番号は 13 桁です。",
        "We removed a 12-digit number that looks like My Number. A corporate number has 13 digits.",
    ),
    Kind.PRIVATE_KEY: Words(
        "秘密鍵のようなので、保存せずに消しました。秘密鍵は、だれにも渡さないでください。"
        "この鍵は知られたものとして、証明書の失効を発行者に頼んでください。",
        "This looks like a private key, so we discarded it. Never hand a private key to anybody. "
        "Treat this one as known to others, and ask the issuer to revoke its certificate.",
    ),
}


@check.accepts_documents
@require_http_methods(["GET", "HEAD", "POST"])
def look_up(request: HttpRequest) -> HttpResponseBase:
    """One box: whatever was typed, pasted or chosen leads to what the registry knows of it."""
    if request.method == "POST" and "q" not in request.POST:
        return _file(request)
    asked = request.POST if request.method == "POST" else request.GET
    found = recognise(asked.get("q", ""))
    if found.kind is Kind.CERTIFICATE:
        return _certificates(request, found.certificates, asked.get("at", ""))
    target = _target(found, clock.now())
    if target is not None:
        return HttpResponseRedirect(target)
    if found.kind is Kind.EMPTY and request.method != "POST" and "q" not in request.GET:
        return HttpResponseRedirect(reverse("pages:identifiers"))
    if request.method == "GET" and found.kind in (Kind.MY_NUMBER, Kind.PRIVATE_KEY):
        request.META["QUERY_STRING"] = ""  # so that no link of the page repeats it
    typed = "" if found.kind in (Kind.MY_NUMBER, Kind.PRIVATE_KEY, Kind.BROKEN_CERTIFICATE) else asked.get("q", "")
    return _kinds(request, found, typed=typed[:200])


def _file(request: HttpRequest) -> HttpResponseBase:
    """A certificate is looked up; anything else is a document and is checked."""
    uploaded = request.FILES.get("document")
    if uploaded is None or isinstance(uploaded, list):
        return _kinds(request, None, refused=_NO_FILE)
    if (uploaded.size or 0) <= LONGEST_TEXT:  # nothing larger is a certificate or a key
        found = recognise_file(uploaded.read())
        uploaded.seek(0)
        if found.kind is Kind.CERTIFICATE:
            return _certificates(request, found.certificates, "")
        if found.kind in (Kind.PRIVATE_KEY, Kind.BROKEN_CERTIFICATE):
            return _kinds(request, found)
    try:
        return check.start_check(request, uploaded)
    except TrustregError as error:
        if error.status not in (413, 422, 503):
            raise
        return _kinds(request, None, refused=error)


def _target(found: Identifier, now: datetime) -> str | None:
    """Where an identifier leads; None when nothing public has it."""
    value = found.value
    match found.kind:
        case Kind.NAME | Kind.CORPORATE_NUMBER:
            return f"{reverse('pages:services')}?{urlencode({'q': value})}"
        case Kind.FINGERPRINT:
            sequence = records.issue_with_digest(value)
            return reverse("pages:list", args=(sequence,)) if sequence else reverse("pages:certificate", args=(value,))
        case Kind.ISSUE:
            known = records.issue_exists(int(value))
            return reverse("pages:list", args=(int(value),)) if known else None
        case Kind.DECISION_NUMBER:
            decision = records.decision_numbered(value)
            return reverse("pages:decision", args=(decision,)) if decision else None
        case Kind.REPORT:
            if records.report_exists(value, now):
                return reverse("pages:check-result", args=(value,))
            return _record(uuid.UUID(value))
        case Kind.RECORD:
            return _record(uuid.UUID(value))
    return None


def _record(identifier: uuid.UUID) -> str | None:
    found = records.record_of(identifier)
    return reverse(f"pages:{found[0]}", args=(found[1],)) if found else None


# What cannot be looked up ---------------------------------------------------------------------------------------------


@require_safe
def identifiers(request: HttpRequest) -> HttpResponse:
    """Which kinds of identifiers the box takes, each with an example."""
    return _kinds(request, None)


_NO_FILE: Final = InvalidInput("Choose a file.", "ファイルを選んでください。")


def _kinds(
    request: HttpRequest, found: Identifier | None, *, typed: str = "", refused: TrustregError | None = None
) -> HttpResponse:
    """The page of what can be looked up; `refused` says what was wrong with a file."""
    shown: dict[str, Any] = {
        "examples": records.examples(clock.now()),
        "decision": records.newest_decision(),
        "typed": typed,
        "report_days": conf.report_days,
        "limit": size_words(conf.max_document_bytes),
        "limit_bytes": conf.max_document_bytes,
    }
    status = 200
    if refused is not None:
        shown |= {"fault": either(refused.ja, refused.en), "fault_at": "doc", "refused": True}
        status = refused.status
    if found is not None:
        arc = records.arc_over(found.value) if found.kind is Kind.OID else None
        if arc is not None:
            shown["arc"], shown["oid"] = arc, found.value
        else:
            shown["fault"], status = _fault(found)
            shown["secret"] = found.kind in (Kind.MY_NUMBER, Kind.PRIVATE_KEY)
    return render(request, "qualified_list/identifiers.html", shown, status=status)


def _fault(found: Identifier) -> tuple[str, int]:
    """What is wrong, and the status: 404 for an identifier in good form that nothing public has."""
    value = found.value
    match found.kind:
        case Kind.WRONG_CHECK_DIGIT:
            return say(
                "The check digit does not match: you entered {got}, it should be {right}. Check the number.",
                got=value[0],
                right=corporate_number.check_digit(value[1:]),
            ), 422
        case Kind.ISSUE:
            return say("There is no issue {n} of the trusted list.", n=value), 404
        case Kind.DECISION_NUMBER:
            return say("There is no public decision {n}.", n=value), 404
        case Kind.REPORT:
            return say(
                "There is no result with this number. Results are deleted after {n} days.",
                n=conf.report_days,
            ), 404
        case Kind.RECORD:
            return say("No public record has this identifier."), 404
        case Kind.OID:
            return say(
                "This OID does not lie under any arc that is registered here.",
            ), 404
    return str(REFUSED[found.kind]), 422


# Certificates ---------------------------------------------------------------------------------------------------------


@require_safe
def certificate(request: HttpRequest, sha256: str) -> HttpResponse:
    """Whether a certificate with this SHA-256 is on the list, now and at a time."""
    digest = sha256.lower()
    if len(digest) != 64 or not _DIGEST_DIGITS.issuperset(digest):
        raise NotFound("This is not the SHA-256 of a certificate.", "証明書の SHA-256 ではありません。")
    if digest != sha256:
        return HttpResponseRedirect(reverse("pages:certificate", args=(digest,)))
    now = clock.now()
    at, fault = _moment(request.GET.get("at", ""), now)
    answer = selectors.status_by_fingerprint(digest, now=now, at=at)
    shown = _answered(answer, at) | {"sha256": digest}
    return _answer_page(request, shown, records.listed_certificate(digest), at, fault, request.GET.get("at", ""))


def _certificates(request: HttpRequest, certificates: tuple[bytes, ...], when: str) -> HttpResponse:
    """A certificate that was handed in; those that came with it may lie between it and a listed key."""
    parsed = parse_certificate(certificates[0])
    digest = parsed.sha256.hex()
    if records.listed_certificate(digest) is not None:
        address = reverse("pages:certificate", args=(digest,))
        return HttpResponseRedirect(f"{address}?{urlencode({'at': when})}" if when else address)
    now = clock.now()
    at, fault = _moment(when, now)
    answer = selectors.status_by_certificate(parsed.der, now=now, at=at, intermediates=certificates[1:])
    texts = [base64.b64encode(one).decode() for one in certificates]
    shown = _answered(answer, at) | {
        "sha256": digest,
        "handed_in": "".join(f"-----BEGIN CERTIFICATE-----{text}-----END CERTIFICATE-----" for text in texts),
    }
    return _answer_page(request, shown, parsed, at, fault, when)


def _moment(text: str, now: datetime) -> tuple[datetime | None, InvalidInput | None]:
    try:
        return read_moment(text, now), None
    except InvalidInput as error:
        return None, error


def _answered(answer: dict[str, Any], at: datetime | None) -> dict[str, Any]:
    """The answer with what may be shown of it."""
    effect = _effect(answer)
    service = answer["service"]
    return {
        "answer": answer,
        "effect": effect,
        "service": service,
        "service_url": _service_url(service["id"]) if service else "",
        "links": _chain(answer["chain"]) if answer["chain"] else None,
    }


def _effect(answer: dict[str, Any]) -> Effect:
    reason = Reason(answer["reasons"][0]["code"]) if answer["reasons"] else None
    moment = datetime.fromisoformat(answer["at"])
    level = answer["level"]
    if reason is Reason.UNKNOWN_FINGERPRINT or reason is Reason.ISSUER_NOT_PROVEN:
        reason = Reason.NOT_LISTED  # to people it is the same: nothing on the list has to do with it
    standing = Standing(moment, Result(answer["result"]), None, reason, status=level)
    service, status = answer["service"], answer["status"]
    held, ended = "", ""
    if service is not None and not standing.counts:
        held = selectors.level_before(service["id"], moment)
        if reason is Reason.SERVICE_WITHDRAWN and status and status["since"]:
            ended = selectors.ending_of(service["id"], datetime.fromisoformat(status["since"]))
    return effects.effect(standing, held=held, ended="" if ended == effects.WITHDRAWN else ended)


def _service_url(identifier: str) -> str:
    return reverse("pages:service", args=(identifier,))


def _chain(chain: dict[str, Any]) -> dict[str, Any]:
    """The records behind a state, each with what people call it."""
    accreditation = None
    if chain["accreditation"]:
        accreditation = accreditations_public().filter(pk=chain["accreditation"]).first()
    decisions = selectors.decisions_by_id([chain["decision"]] if chain["decision"] else [])
    return {
        "accreditation": accreditation,
        "report_sha256": chain["assessment_report_sha256"],
        "decision": next(iter(decisions.values()), None),
        "sequence": chain["list_sequence"],
    }


def _answer_page(
    request: HttpRequest,
    shown: dict[str, Any],
    parsed: Certificate | None,
    at: datetime | None,
    fault: InvalidInput | None,
    typed: str,
) -> HttpResponse:
    shown |= {
        "verdict": look_up_words.verdict(
            shown["answer"], shown["effect"], then=at is not None, whole="handed_in" in shown
        ),
        "certificate": parsed,
        "typed": typed if fault else local_text(at) if at else "",
        "fault": (fault.ja if language() == "ja" else fault.en) if fault else "",
        "asked_at": at,
        "asked_utc": utc_text(at) if at else "",
        "own_sha256": reference.sha256 if (reference := selectors.trust_source().list_reference) else "",
        "base_url": conf.base_url,
    }
    return render(request, "qualified_list/certificate.html", shown, status=fault.status if fault else 200)


patterns = [
    path("look-up", look_up, name="look-up"),
    path("identifiers", identifiers, name="identifiers"),
    path("certificates/<str:sha256>", certificate, name="certificate"),
]
