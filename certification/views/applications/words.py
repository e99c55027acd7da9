"""Sentences of the pages of applications: what happens next, and what the trial check found."""

from __future__ import annotations

from typing import Final

from certification.domain.lifecycle import ApplicationStatus
from certification.selectors import Matter
from certification.titles import Titles
from trustreg.base.words import Words

_A = ApplicationStatus

NEXT: Final[Titles] = {
    _A.SUBMITTED: Words(
        "{cab}が、範囲と利害関係を確かめて、受理するかどうかを知らせます。",
        "{cab} checks scope and conflicts of interest, and tells whether it takes the case.",
    ),
    _A.ACCEPTED: Words(
        "{cab}が、審査チームを決めて適合性評価を始めます。", "{cab} names a team and opens the assessment."
    ),
    _A.ASSESSING: Words(
        "{cab}が、基準を 1 つずつ判定しています。指摘があれば、受信箱に届きます。",
        "{cab} assesses criterion by criterion. Findings come to the provider's inbox.",
    ),
    _A.CONCLUDED: Words(
        "{cab}の決定者が、案件を認定機関に送ります。",
        "The decider of {cab} hands the case over to the accreditation body.",
    ),
    _A.UNDER_DECISION: Words(
        "認定機関の 2 人が、提案と承認に分かれて決定します。決まると、公開リストの新しい号に載ります。",
        "Two people of the accreditation body decide: one proposes, the other approves. "
        "The next issue of the trusted list then carries it.",
    ),
    _A.GRANTED: Words(
        "認定されました。いまの状態は公開リストで確かめられます。",
        "It is certified. The trusted list tells its status now.",
    ),
}

_NOTHING: Final = Words("", "")
TRIAL: Final = {
    (Matter.EVIDENCE, "ok"): (Words("証拠が {count} 件あります", "{count} documents are there"), _NOTHING),
    (Matter.EVIDENCE, "bad"): (
        Words("証拠が 1 件もありません", "No evidence is there"),
        Words(
            "直し方：審査に使う文書を 1 つ以上加えてください。",
            "To mend: add at least one document for the assessment.",
        ),
    ),
    (Matter.IDENTITY, "ok"): (Words("証明書が登録されています", "A certificate is registered"), _NOTHING),
    (Matter.IDENTITY, "bad"): (
        Words("サービスの証明書がまだありません", "The service has no certificate yet"),
        Words(
            "直し方：リストに載せる証明書を登録してください。",
            "To mend: register the certificate that the list is to carry.",
        ),
    ),
    (Matter.FIT, "ok"): (
        Words("申請の種別とレベルは、いまの状態に合っています", "Kind and level suit what stands now"),
        _NOTHING,
    ),
    (Matter.FIT, "bad"): (
        Words("申請の種別かレベルが、いまの状態に合いません", "Kind or level does not suit what stands now"),
        Words(
            "直し方：レベルを選び直すか、この申請を取り下げて新しく始めてください。",
            "To mend: choose another level, or give this up and start anew.",
        ),
    ),
    (Matter.BODY, "ok"): (
        Words("{cab}は、この申請を審査できます", "{cab} may assess this application"),
        _NOTHING,
    ),
    (Matter.BODY, "warn"): (
        Words("{cab}は、いまこの申請を審査できません", "{cab} may not assess this application now"),
        Words(
            "提出はできますが、受理されません。認定されている機関を選び直してください。",
            "It can be submitted, and will not be taken. Choose a body that is accredited for it.",
        ),
    ),
    (Matter.EXPECTED, "ok"): (Words("{document}があります", "{document}: there"), _NOTHING),
    (Matter.EXPECTED, "warn"): (
        Words("{document}がまだありません", "{document}: not there yet"),
        Words(
            "提出はできますが、施行規則が求める文書です。", "It can be submitted without, but the regulation names it."
        ),
    ),
    (Matter.RECEIPT, "ok"): (
        Words("すべての証拠に受領の証明があります", "All evidence has its time-stamped receipt"),
        _NOTHING,
    ),
    (Matter.RECEIPT, "warn"): (
        Words("受領の証明を待っている証拠が {count} 件あります", "{count} documents wait for their receipts"),
        Words("まもなく付きます。待たずに提出できます。", "They come shortly. You need not wait for them."),
    ),
}
"""(matter, tone) -> what was found, and how to mend it."""
