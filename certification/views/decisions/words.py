"""The sentences of the pages of decisions."""

from __future__ import annotations

from typing import Final

from certification.domain.decisions import DecisionContent
from certification.domain.lifecycle import DecisionKind
from certification.services.decision_rules import Rule
from certification.titles import LEVELS, Titles
from trustreg.base.words import Words

HEADINGS: Final[Titles] = {
    DecisionKind.GRANT: Words("「{name}」を{level}にする", "Certify {name} as {level}"),
    DecisionKind.UPGRADE: Words("「{name}」を{level}にする", "Raise {name} to {level}"),
    DecisionKind.RENEW: Words("「{name}」の認定を更新する", "Renew the certification of {name}"),
    DecisionKind.CHANGE: Words("「{name}」の内容を変える", "Change what is listed of {name}"),
    DecisionKind.DOWNGRADE: Words("「{name}」を{level}に下げる", "Lower {name} to {level}"),
    DecisionKind.SUSPEND: Words("「{name}」を一時停止する", "Suspend {name}"),
    DecisionKind.CONFIRM_SUSPENSION: Words("「{name}」の緊急停止を追認する", "Confirm the urgent suspension of {name}"),
    DecisionKind.REINSTATE: Words("「{name}」の一時停止を解除する", "End the suspension of {name}"),
    DecisionKind.WITHDRAW: Words("「{name}」の認定を取り消す", "Withdraw the certification of {name}"),
    DecisionKind.CEASE: Words("「{name}」を終了とする", "Record that {name} has ceased"),
    DecisionKind.REJECT: Words("「{name}」を認定しない", "Reject the application for {name}"),
}
"""`name` is the service, `level` the level in words."""

EFFECTS: Final[Titles] = {
    DecisionKind.CHANGE: Words(
        "名称・アドレスを直すか、用途・鍵を減らします。レベルは変わりません。",
        "Corrects names and addresses, or takes usages and keys away. The level stays.",
    ),
    DecisionKind.DOWNGRADE: Words(
        "クオリファイドの効力がなくなり、特定として続きます。", "It is no longer qualified and goes on as specified."
    ),
    DecisionKind.SUSPEND: Words(
        "解除するまで効力を止めます。レベルは記録に残ります。",
        "Stops its effect until the suspension is lifted. The level is remembered.",
    ),
    DecisionKind.CONFIRM_SUSPENSION: Words(
        "一人の署名で始まった緊急停止を、二人の決定で確かめます。",
        "Two people confirm the suspension that began on one signature.",
    ),
    DecisionKind.REINSTATE: Words("停止の前のレベルに戻します。", "Gives the level back that it had before."),
    DecisionKind.WITHDRAW: Words(
        "認定を取り消します。戻すには、新しい申請と評価が必要です。",
        "Takes the certification away. Only a new, assessed application brings it back.",
    ),
    DecisionKind.CEASE: Words(
        "事業者がやめたことを記録します。このサービスは、二度と認定できません。",
        "Records that the provider stopped. This service can never be certified again.",
    ),
}
"""What a decision without an application does, under its name where one chooses."""

RULES: Final[dict[Rule, Words]] = {
    Rule.CONTENT: Words(
        "種別・状態・期限・文面は、いまの状態から決められるものです",
        "Kind, status, end and texts may be decided from what stands now",
    ),
    Rule.CASE: Words(
        "引用する報告書・指摘・機関の認定は、案件の記録と同じです",
        "The cited report, findings and accreditation are those of the case",
    ),
    Rule.APPLIED: Words("申請され、評価された範囲の中です", "It stays within what was applied for and assessed"),
    Rule.REGISTERED: Words("鍵と種別は、登録されたものです", "Keys and kind are those registered for the service"),
    Rule.INDEPENDENT: Words(
        "あなたは、事業者にも評価機関にも審査チームにも属していません（離れてからの待機期間を含む）",
        "You belong neither to the provider nor to the assessing body or team, now or in the cooling-off period",
    ),
    Rule.FOUR_EYES: Words("あなたは、この案を書いていません", "You wrote no draft of this decision"),
}
"""The sentence of a rule that holds."""

BROKEN: Final[dict[Rule, Words]] = {
    Rule.CONTENT: Words("この内容では決定できません", "It cannot be decided like this"),
    Rule.CASE: Words("案件の記録と合いません", "It does not agree with the case"),
    Rule.APPLIED: Words("申請された範囲を超えています", "It goes beyond what was applied for"),
    Rule.REGISTERED: Words("登録されていない鍵があります", "It names a key that is not registered"),
    Rule.INDEPENDENT: Words("あなたは、この件の決定に加われません", "You cannot take part in this decision"),
    Rule.FOUR_EYES: Words(
        "あなたは、この案を書いたため承認できません", "You wrote a draft of it, so you cannot approve"
    ),
}
"""The sentence of a rule that does not hold; the error says why."""


def heading(kind: str, name: str, content: DecisionContent | None = None) -> str:
    """What is to be decided, as a heading: `「さくら組織シール」をクオリファイドにする`."""
    level = content.state.status.level if content and content.state else None
    if level is None and kind in (DecisionKind.GRANT, DecisionKind.UPGRADE, DecisionKind.DOWNGRADE):
        return str(_WITHOUT_LEVEL[kind]).format(name=name)
    words = LEVELS[level] if level else Words("", "")
    return str(Words(HEADINGS[kind].ja, HEADINGS[kind].en)).format(
        name=name, level=str(Words(words.ja, words.en.lower()))
    )


_WITHOUT_LEVEL: Final[Titles] = {
    DecisionKind.GRANT: Words("「{name}」を認定する", "Certify {name}"),
    DecisionKind.UPGRADE: Words("「{name}」のレベルを上げる", "Raise the level of {name}"),
    DecisionKind.DOWNGRADE: Words("「{name}」のレベルを下げる", "Lower the level of {name}"),
}
