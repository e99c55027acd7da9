"""Moving a case on: what comes next for whom, and each act with a page that asks before it is done."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.urls import reverse

from certification import services as certification
from certification.domain.acts import ASSESS_APPLICATION, FORWARD_APPLICATION
from certification.domain.lifecycle import ApplicationStatus
from certification.selectors.assessing import CaseFile
from certification.views.cases.frame import Opened
from conformity import services as conformity
from conformity.domain.lifecycle import AssessmentStatus
from conformity.domain.roles import CANCEL_ASSESSMENT, LEAD_ASSESSMENT, OPEN_ASSESSMENT
from trustreg.base.errors import Conflict
from trustreg.base.words import Words, say
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import Role

Run = Callable[[CaseFile, Actor, datetime], object]


@dataclass(frozen=True, slots=True)
class Act:
    """One move. `title` asks, `effect` says what will be so afterwards, `button` does it, `done` tells that it is."""

    name: str
    title: Words
    effect: Words
    button: Words
    done: Words
    roles: Collection[Role]
    run: Run
    danger: bool = False


def _on_assessment(service: Callable[..., object]) -> Run:
    return lambda file, actor, at: service(assessment_id=file.assessment.pk, actor=actor, at=at)


def _on_application(service: Callable[..., object]) -> Run:
    def run(file: CaseFile, actor: Actor, at: datetime) -> object:
        if file.application is None:
            raise Conflict("No application belongs to this assessment.", "この評価には、申請がありません。")
        return service(application_id=file.application.pk, actor=actor, at=at)

    return run


EXAMINE: Final = Act(
    "examine-documents",
    Words("文書審査を始めますか", "Begin the examination of documents?"),
    Words(
        "チームは、基準の判定と指摘を記録できるようになります。準備中には戻りません。",
        "The team can then record results and findings. The case does not go back to preparation.",
    ),
    Words("文書審査を始める", "Begin the examination"),
    Words("文書審査を始めました。", "The examination of documents has begun."),
    LEAD_ASSESSMENT.roles,
    _on_assessment(conformity.assessment_examine_documents),
)
ON_SITE: Final = Act(
    "go-on-site",
    Words("現地審査に進みますか", "Go on site?"),
    Words(
        "文書審査を終えて、現地審査に進みます。判定と指摘は、そのまま続けられます。",
        "This ends the examination of documents. Results and findings go on as before.",
    ),
    Words("現地審査に進む", "Go on site"),
    Words("現地審査に進みました。", "The on-site assessment has begun."),
    LEAD_ASSESSMENT.roles,
    _on_assessment(conformity.assessment_go_on_site),
)
SUBMIT: Final = Act(
    "submit",
    Words("決定者に渡しますか", "Hand the case to the decider?"),
    Words(
        "判定と指摘を締め切り、チームの外の決定者に渡します。決定者が差し戻すまで、判定は変えられません。",
        "Results and findings are closed and go to a decider outside the team. They cannot be changed unless the "
        "decider returns the case.",
    ),
    Words("決定者に渡す", "Hand over"),
    Words("決定者に渡しました。", "The case was handed to the decider."),
    LEAD_ASSESSMENT.roles,
    _on_assessment(conformity.assessment_submit),
)
CANCEL: Final = Act(
    "cancel",
    Words("この評価を中止しますか", "Cancel this assessment?"),
    Words(
        "中止した評価は再開できません。ここまでの記録は残ります。",
        "A cancelled assessment cannot be taken up again. Its records stay.",
    ),
    Words("評価を中止する", "Cancel the assessment"),
    Words("評価を中止しました。", "The assessment was cancelled."),
    CANCEL_ASSESSMENT.roles,
    _on_assessment(conformity.assessment_cancel),
    danger=True,
)
TAKE_OVER: Final = Act(
    "take-over",
    Words("報告書を申請に付けますか", "Attach the report to the application?"),
    Words(
        "報告書のハッシュ値を申請の記録に残し、申請は「評価済み」になります。",
        "The hash of the report enters the record of the application, which then counts as assessed.",
    ),
    Words("報告書を付ける", "Attach the report"),
    Words("報告書を申請に付けました。", "The report was attached to the application."),
    ASSESS_APPLICATION.roles | FORWARD_APPLICATION.roles,
    _on_application(certification.application_conclude),
)
FORWARD: Final = Act(
    "forward",
    Words("認定機関に送りますか", "Send the case to the accreditation body?"),
    Words(
        "認定機関が、この報告書にもとづいて決定します。送ったあとは、取り戻せません。",
        "The accreditation body decides on this report. You cannot take the case back.",
    ),
    Words("認定機関に送る", "Send to the accreditation body"),
    Words("認定機関に送りました。", "The case was sent to the accreditation body."),
    FORWARD_APPLICATION.roles,
    _on_application(certification.application_forward),
)
ACTS: Final = {act.name: act for act in (EXAMINE, ON_SITE, SUBMIT, CANCEL, TAKE_OVER, FORWARD)}


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next: one sentence, why, and where to go; `mine` when it is the visitor's turn."""

    title: str
    text: str
    mine: bool = False
    links: tuple[tuple[str, str], ...] = ()
    why_not: str = field(default="")


def _to(file: CaseFile, act: Act) -> tuple[str, str]:
    return str(act.button), reverse("pages:case-act", args=[file.assessment.pk, act.name])


def next_step(case: Opened) -> Step:
    """What comes next in this case, told to this visitor."""
    steps = {
        AssessmentStatus.OPENED: _in_preparation,
        AssessmentStatus.DOCUMENTS: _in_assessment,
        AssessmentStatus.ON_SITE: _in_assessment,
        AssessmentStatus.REVIEW: _in_review,
        AssessmentStatus.CONCLUDED: _after_conclusion,
        AssessmentStatus.CANCELLED: _cancelled,
    }
    return steps[AssessmentStatus(case.file.assessment.status)](case)


def _in_preparation(case: Opened) -> Step:
    team = (say("Name the team"), reverse("pages:case-team", args=[case.file.assessment.pk]))
    names_team = case.role in OPEN_ASSESSMENT.roles
    if not case.file.has_lead:
        return Step(
            say("Name the team.") if names_team else say("The team is being named."),
            say(
                "The examination of documents can begin when there is a lead assessor.",
            ),
            mine=names_team,
            links=(team,) if names_team else (),
        )
    if case.file.leads and case.role in EXAMINE.roles:
        return Step(
            say("Begin the examination of documents."),
            say("The team can still be changed later."),
            mine=True,
            links=(_to(case.file, EXAMINE), team),
        )
    return Step(
        say("The lead assessor begins the examination of documents."),
        say("Results can be recorded from then on."),
        links=(team,) if names_team else (),
    )


def _in_assessment(case: Opened) -> Step:
    file, sheet = case.file, case.sheet
    on_site = (_to(file, ON_SITE),) if file.assessment.status == AssessmentStatus.DOCUMENTS else ()
    leads = file.leads and case.role in LEAD_ASSESSMENT.roles
    if sheet.missing:
        left = len(sheet.missing)
        if not file.in_team:
            return Step(
                say("The team still has {n} criteria to assess.", n=left),
                say("The case goes to the decider when all are assessed."),
            )
        code = sheet.missing[0].criterion.code
        return Step(
            say("Assess the remaining criteria ({n}).", n=left),
            say("The next one is {code}.", code=code),
            mine=True,
            links=(
                (
                    say("Assess the next criterion"),
                    reverse("pages:case-criterion", args=[file.assessment.pk, code]),
                ),
                *(on_site if leads else ()),
            ),
        )
    if leads:
        return Step(
            say("All criteria are assessed. Hand the case over."),
            _open_findings(case),
            mine=True,
            links=(_to(file, SUBMIT), *on_site),
        )
    return Step(say("The lead assessor hands the case to the decider."), _open_findings(case))


def _open_findings(case: Opened) -> str:
    if case.sheet.obstacles:
        return say(
            "As it stands, conformity cannot be concluded: {what}.",
            what=say(", ").join(case.sheet.obstacles),
        )
    return say("Conformity can be concluded.")


def _in_review(case: Opened) -> Step:
    report = reverse("pages:case-report", args=[case.file.assessment.pk])
    if case.role is Role.CAB_DECIDER and not case.file.was_in_team:
        return Step(
            say("Decide on the report."),
            _open_findings(case),
            mine=True,
            links=((say("Go to the decision"), report),),
        )
    if case.role is Role.CAB_DECIDER:
        return Step(
            say("Another decider decides on the report."),
            "",
            why_not=was_in_team(),
        )
    return Step(
        say("The decider is examining the case."),
        say("It is concluded or returned next."),
    )


def was_in_team() -> str:
    """Why a decider does not decide."""
    return say(
        "You were in the team of this assessment, so you cannot decide (ISO/IEC 17065 7.6.2).",
    )


def _after_conclusion(case: Opened) -> Step:
    application = case.file.application
    if application is None or application.status not in (ApplicationStatus.ASSESSING, ApplicationStatus.CONCLUDED):
        return Step(
            say("The assessment by this body is finished."),
            say("Corrections of minor findings are still verified."),
        )
    if application.status == ApplicationStatus.ASSESSING:
        mine = case.role in TAKE_OVER.roles
        return Step(
            say("Attach the report to the application.")
            if mine
            else say("The report is to be attached to the application."),
            say("The decider then sends it to the accreditation body."),
            mine=mine,
            links=(_to(case.file, TAKE_OVER),) if mine else (),
        )
    if case.role in FORWARD.roles and not case.file.was_in_team:
        return Step(
            say("Send the case to the accreditation body."),
            say("The report is attached to the application."),
            mine=True,
            links=(_to(case.file, FORWARD),),
        )
    return Step(
        say("A decider sends the case to the accreditation body."),
        say("The report is attached to the application."),
        why_not=was_in_team() if case.role in FORWARD.roles else "",
    )


def _cancelled(case: Opened) -> Step:
    return Step(
        say("This assessment was cancelled."),
        say("Its records are kept."),
    )


def may_cancel(case: Opened) -> bool:
    """Whether the visitor's role is offered to cancel."""
    over = (AssessmentStatus.CONCLUDED, AssessmentStatus.CANCELLED)
    return case.role in CANCEL.roles and case.file.assessment.status not in over


def steps_of(case: Opened) -> list[dict[str, Any]]:
    """Where the case stands, for `tr-steps`."""
    status = case.file.assessment.status
    application = case.file.application
    sent = application is not None and application.status not in (
        ApplicationStatus.ASSESSING,
        ApplicationStatus.CONCLUDED,
    )
    order = [
        AssessmentStatus.OPENED,
        AssessmentStatus.DOCUMENTS,
        AssessmentStatus.ON_SITE,
        AssessmentStatus.REVIEW,
        AssessmentStatus.CONCLUDED,
    ]
    labels = [
        say("Preparation", sense="acts"),
        say("Documents"),
        say("On site"),
        say("Decision on the report"),
        say("Sent to the accreditation body"),
    ]
    if status == AssessmentStatus.CANCELLED:
        return []
    here = order.index(AssessmentStatus(status))
    return [
        {"label": label, "number": n + 1, "done": n < here or (n == 4 and sent), "current": n == here and not sent}
        for n, label in enumerate(labels)
    ]
