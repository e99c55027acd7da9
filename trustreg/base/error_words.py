"""What error pages say (ui.md 3): what happened, and what to do. Programs get `trustreg.base.problems` instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from trustreg.base.words import Words


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """`happened` None: the error says so itself, in words for people. `act` is what the reader can do now."""

    title: Words
    happened: Words | None
    act: Words


_OURS: Final = ErrorWords(
    Words("こちらの不具合で表示できません", "Something failed on our side"),
    Words(
        "原因は記録しました。公開リストと認定の記録には影響しません。",
        "What went wrong was recorded. The trusted list and the records of certification are not affected.",
    ),
    Words(
        "しばらくしてから、もう一度試してください。入力の途中だったときは、ブラウザーの「戻る」で前の画面に戻ってください。",
        "Try again in a while. If you were filling in a form, go back with your browser.",
    ),
)

ERRORS: Final[Mapping[int, ErrorWords]] = {
    400: ErrorWords(
        Words("要求を読み取れませんでした", "The request could not be read"),
        Words(
            "送られた内容が、途中で欠けたか、この画面のものではありません。何も保存していません。",
            "What was sent is incomplete, or not from a page of this site. Nothing was stored.",
        ),
        Words(
            "前の画面に戻って読み込み直し、もう一度送ってください。",
            "Go back, load the page again, and send it once more.",
        ),
    ),
    401: ErrorWords(
        Words("サインインが必要です", "Sign-in needed"),
        None,
        Words("サインインしてから、もう一度試してください。", "Sign in and try again."),
    ),
    403: ErrorWords(
        Words("この操作は許可されていません", "You may not do this"),
        None,
        Words(
            "別の役割を持っているときは、役割を切り替えてください。持っていないときは、所属する組織の責任者に確かめてください。",
            "If you hold another role, switch to it. If not, ask the person in charge at your organisation.",
        ),
    ),
    404: ErrorWords(
        Words("ページが見つかりません", "Page not found"),
        Words(
            "アドレスが変わったか、入力に誤りがあるかもしれません。認定の記録そのものが消えることはありません。",
            "The address may have changed or been mistyped. Certification records themselves never disappear.",
        ),
        Words("名前や番号から探してください。", "Look for it by name or number."),
    ),
    405: ErrorWords(
        Words("この操作は、このアドレスではできません", "This cannot be done at this address"),
        Words("何も保存していません。", "Nothing was stored."),
        Words("前の画面に戻って、もう一度操作してください。", "Go back and try once more."),
    ),
    409: ErrorWords(
        Words("ほかの人が先に変更しました", "Somebody changed it first"),
        None,
        Words(
            "前の画面に戻って読み込み直し、いまの内容を確かめてから、もう一度操作してください。",
            "Go back, load the page again, look at what is there now, and try once more.",
        ),
    ),
    410: ErrorWords(
        Words("すでにありません", "It is gone"),
        None,
        Words("名前や番号から探してください。", "Look for it by name or number."),
    ),
    411: ErrorWords(
        Words("長さがわからず、受け取れません", "This came without its length"),
        None,
        Words(
            "長さ（Content-Length）をつけて、もう一度送ってください。何も保存していません。",
            "Send it again with its length (Content-Length). Nothing was stored.",
        ),
    ),
    413: ErrorWords(
        Words("大きすぎて受け取れません", "This is too large"),
        None,
        Words("小さくして、もう一度送ってください。", "Make it smaller and send it again."),
    ),
    415: ErrorWords(
        Words("この形式は受け取れません", "This format is not taken"),
        None,
        Words("前の画面に戻って、もう一度送ってください。", "Go back and send it once more."),
    ),
    422: ErrorWords(
        Words("受け付けられませんでした", "This was not accepted"),
        None,
        Words(
            "前の画面に戻って直し、もう一度送ってください。何も保存していません。",
            "Go back, mend it, and send it again. Nothing was stored.",
        ),
    ),
    429: ErrorWords(
        Words("短い間に要求が多すぎました", "Too many requests in a short time"),
        Words(
            "ほかの人も使えるように、いったん止めています。内容に誤りがあるわけではありません。",
            "We paused so that others can use the site, too. Nothing is wrong with what you sent.",
        ),
        Words("少し待ってから、もう一度試してください。", "Wait a moment and try again."),
    ),
    500: _OURS,
    503: ErrorWords(
        Words("いまは利用できません", "Not available now"),
        None,
        Words(
            "しばらくしてから、もう一度試してください。急ぐときは、前に入手した公開リストで確かめられます。",
            "Try again in a while. If it is urgent, use the trusted list that you downloaded before.",
        ),
    ),
}

BY_CODE: Final[Mapping[str, ErrorWords]] = {
    "form_unmatched": ErrorWords(
        Words("フォームの期限が切れました", "The form has expired"),
        None,
        Words(
            "前の画面に戻って読み込み直し、もう一度送ってください。何も保存していません。",
            "Go back, load the page again, and send it once more. Nothing was stored.",
        ),
    ),
}
"""Errors for which the words of their status would lead astray."""

_WAIT: Final = Words("{n} 秒後に、もう一度試してください。", "Try again in {n} seconds.")


def shown(problem: Mapping[str, Any]) -> dict[str, Any]:
    """What `error.html` shows of a problem: `title`, `happened`, `act`, `details`, and the members to quote."""
    words = BY_CODE.get(problem["code"]) or ERRORS.get(problem["status"], _OURS)
    wait = problem.get("retry_after")
    return {
        "problem": problem,
        "title": words.title,
        "happened": words.happened or problem["detail"],
        "act": str(_WAIT).format(n=wait) if wait else words.act,
        "details": list(dict.fromkeys(problem.get("fields", {}).values())),
    }
