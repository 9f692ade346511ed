"""What must hold of waivers beside their shape: a day not too far ahead, a check and a target that exist."""

from __future__ import annotations

from datetime import date, timedelta

from probe_gate.domain.parsing import shown
from probe_gate.domain.policy import REST, Waiver
from probe_gate.domain.suggestions import did_you_mean_id, nearest
from probe_gate.policy_file.model import CHECKS_WITH_NAME, CHECKS_WITHOUT_NAME
from probe_gate.policy_file.shapes import Found
from probe_gate.yaml_text.mistakes import Mistakes

FURTHEST = timedelta(days=90)

NOT_WAIVABLE = ("run-completed", "scores-fresh", "test-cases", "error-rate")
"""These fail by saying that nothing could be judged, and that cannot be waived."""


def read_waivers(read: list[Found], targets: set[int], mistakes: Mistakes, today: date) -> list[Waiver]:
    """The waivers that are right. One of a target that the file does not list is a mistake, if it lists any."""
    waivers: dict[tuple[str, str], Waiver] = {}
    for one in read:
        fields: dict[str, Found] = one.value
        if not {"check", "target", "until", "reason"} <= fields.keys():
            continue  # what is missing or wrong has been said already
        check, target, until = fields["check"], fields["target"], fields["until"]
        if wrong := what_is_wrong_with_check(check.value):
            mistakes.add(check.place, wrong)
        if target.value != REST and targets and int(target.value) not in targets:
            hint = did_you_mean_id(int(target.value), sorted(targets))
            mistakes.add(target.place, f"{target.value} is not among the targets of this file{hint}")
        if until.value - today > FURTHEST:
            latest = (today + FURTHEST).isoformat()
            mistakes.add(until.place, f"{until.value} is more than {FURTHEST.days} days ahead; {latest} is the latest")
        waiver = Waiver(
            check=":".join(part.strip() for part in check.value.split(":", 1)),
            target=target.value,
            until=until.value,
            reason=fields["reason"].value,
            approved_by=fields["approved-by"].value if "approved-by" in fields else "",
            origin=mistakes.origin(check.place),
        )
        first = waivers.setdefault((waiver.check.casefold(), waiver.target), waiver)
        if first is not waiver:
            mistakes.add(
                check.place, f"this check of this target is waived twice; the first is in line {first.origin.line}"
            )
    return list(waivers.values())


def what_is_wrong_with_check(check: str) -> str | None:
    """Why no waiver can be for such a check; None when it can."""
    kind, colon, name = (part.strip() for part in check.partition(":"))
    if (kind.casefold() in CHECKS_WITHOUT_NAME and not colon) or (kind.casefold() in CHECKS_WITH_NAME and name):
        return None
    if kind.casefold() in CHECKS_WITH_NAME:
        return f"{kind} needs a name: {kind}:NAME"
    if kind.casefold() in CHECKS_WITHOUT_NAME:
        return f"{kind} has no names; write it without {shown(colon + name)}"
    if kind.casefold() in NOT_WAIVABLE:
        return f"{kind} says that something could not be judged, and that cannot be waived"
    known = (*CHECKS_WITHOUT_NAME, *(f"{kind}:NAME" for kind in CHECKS_WITH_NAME))
    close = nearest(kind, CHECKS_WITHOUT_NAME + CHECKS_WITH_NAME)
    return f"{shown(check)} is not a check; " + (f"did you mean {close}?" if close else f"known: {', '.join(known)}")
