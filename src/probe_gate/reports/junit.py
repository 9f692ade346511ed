"""`junit.xml`: one suite for each target, one test case for each check.

GitLab shows what stands inside `failure`, `error` and `skipped`, others show their `message`: so the message is
in both. Jenkins refuses a file without a test case: so there always is one. GitLab drops cases of the same name
and refuses a `type` that is a word of Ruby's: so names are unique and types are constants of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from probe_gate.domain.evidence import Target
from probe_gate.domain.text import as_sentence, name_of, plain_line
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict, Verdict, describe_target_check
from probe_gate.errors import Outcome
from probe_gate.reports.context import DEFAULT_CONTEXT, ReportContext
from probe_gate.reports.presentation import decision_of, is_good, run_of
from probe_gate.reports.target_rows import all_run_rows

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from junit_xml import TestCase, TestSuite

GATE = "probe-gate"
"""The suite about the gate as a whole; before a dot, the beginning of each class name."""

RUN_COMPLETED = "run-completed"
"""The check that the time of waiting is told at."""

MAX_MESSAGE_LENGTH = 1_000
MAX_LINE_LENGTH = 2_000
MAX_CLASS_NAME = 80
MAX_LINES = 100
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def render_junit(verdict: Verdict, _context: ReportContext = DEFAULT_CONTEXT) -> str:
    """Return the text of `junit.xml`: XML 1.0 whatever the text in the verdict is, and never without a test case."""
    from xml.etree import ElementTree

    names = _Names()
    suites = [_target_suite(target, names) for target in verdict.targets]
    if _needs_gate_suite(verdict):
        suites.insert(0, _gate_suite(verdict, names))
    elements = [suite.build_xml_doc() for suite in suites]
    root = ElementTree.Element("testsuites", {"name": GATE})
    for attribute in ("tests", "failures", "errors", "skipped"):
        root.set(attribute, str(sum(int(element.get(attribute, "0")) for element in elements)))
    for element in elements:
        _complete(element)
    root.set("time", _seconds(sum(float(element.get("time", "0")) for element in elements)))
    root.extend(elements)
    ElementTree.indent(root)
    # ASCII with character references: some readers guess the encoding of a file, and guess wrong
    body: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=False)
    return f"{DECLARATION}{body.decode('ascii')}\n"


class _Names:
    """Makes the name of each test case unique within its class."""

    def __init__(self) -> None:
        self._taken: set[tuple[str, str]] = set()

    def take(self, class_name: str, wanted: str) -> str:
        name, count = wanted, 1
        while (class_name, name) in self._taken:
            count += 1
            name = f"{wanted} ({count})"
        self._taken.add((class_name, name))
        return name


def _target_suite(target: TargetVerdict, names: _Names) -> TestSuite:
    from junit_xml import TestSuite

    class_name = _class_name(target.target)
    cases = [_check_case(check, target, class_name, names) for check in target.checks]
    if not cases or (not is_good(target.outcome) and not any(map(_is_bad, cases))):
        lines = [target.reason, target.hint, target.left_running]
        cases.append(_outcome_case(names.take(class_name, "outcome"), class_name, target.outcome, lines))
    run = run_of(target)
    facts = {
        "outcome": target.outcome.value,
        "softened": str(target.is_soft).lower(),
        "test-run-id": "" if run is None else str(run.id),
        "test-run-url": plain_line(target.evidence.run_url, MAX_LINE_LENGTH),
        "confirmation": plain_line(target.confirmation.summary if target.confirmation else "", MAX_LINE_LENGTH),
    }
    for row in all_run_rows(target):
        text = ", ".join(filter(None, (row.run_id, row.outcome.value, row.text)))
        facts[row.name.replace(" ", "-")] = plain_line(text, MAX_LINE_LENGTH)
    return TestSuite(
        name_of(target.target),
        cases,
        timestamp=_timestamp(_began(target)),
        properties={name: value for name, value in facts.items() if value},
    )


def _class_name(target: Target) -> str:
    """Return `probe-gate.Support bot (42)`. The name has no dot: readers take what is before the last one for a package."""
    name = plain_line(target.name or "", MAX_CLASS_NAME).replace(".", "-")
    return f"{GATE}.{name} ({target.id})" if name else f"{GATE}.target {target.id}"


def _check_case(check: Check, target: TargetVerdict, class_name: str, names: _Names) -> TestCase:
    from junit_xml import TestCase

    waited = _waited_seconds(target) if check.id == RUN_COMPLETED else None
    case = TestCase(names.take(class_name, plain_line(check.id) or "check"), class_name, waited)
    message, body = _message(check, target), _body(_check_lines(check, target))
    if check.outcome is CheckOutcome.FAILED:
        case.add_failure_info(message, body, "PolicyBroken")
    elif check.outcome is CheckOutcome.ERROR:
        case.add_error_info(message, body, "CouldNotBeJudged")
    elif check.outcome is CheckOutcome.WAIVED:
        case.add_skipped_info(message, body)
    else:
        case.stdout = body
    return case


def _message(check: Check, target: TargetVerdict) -> str:
    """Return the measured value, the limit and its origin, and what the check found."""
    origin = f" ({check.origin.text})" if check.limit and check.origin is not None else ""
    numbers = f"{describe_target_check(target.target, check)}{origin}."
    waived = as_sentence(f" Waived: {check.waiver_reason}") if check.outcome is CheckOutcome.WAIVED else ""
    return plain_line(f"{numbers}{waived} {check.message}", MAX_MESSAGE_LENGTH)


def _check_lines(check: Check, target: TargetVerdict) -> Iterable[str]:
    yield _message(check, target)
    yield decision_of(check, target)
    yield check.hint
    if check.outcome in (CheckOutcome.FAILED, CheckOutcome.ERROR, CheckOutcome.WAIVED):
        yield from (evidence.run_url for evidence in target.runs)


def _needs_gate_suite(verdict: Verdict) -> bool:
    """Return whether the gate ended for a reason that no target reports."""
    if not verdict.targets or verdict.problems:
        return True
    return not is_good(verdict.outcome) and verdict.outcome not in {target.outcome for target in verdict.targets}


def _gate_suite(verdict: Verdict, names: _Names) -> TestSuite:
    from junit_xml import TestSuite

    lines = [verdict.reason, *(f"- {problem}" for problem in verdict.listed_problems), verdict.hint]
    case = _outcome_case(names.take(GATE, "gate"), GATE, verdict.outcome, lines)
    return TestSuite(GATE, [case], timestamp=_timestamp(verdict.started_at))


def _outcome_case(name: str, class_name: str, outcome: Outcome, lines: Sequence[str]) -> TestCase:
    """Return a case that tells an outcome where no check does."""
    from junit_xml import TestCase

    case = TestCase(name, class_name)
    body = _body([f"Outcome: {outcome}.", *lines])
    message = next((text for text in (plain_line(line, MAX_MESSAGE_LENGTH) for line in lines) if text), outcome.value)
    if outcome is Outcome.PASSED:
        case.stdout = body
    elif outcome is Outcome.SKIPPED:
        case.add_skipped_info(message, body)
    else:
        case.add_error_info(message, body, "".join(word.capitalize() for word in outcome.value.split("-")))
    return case


def _body(lines: Iterable[str]) -> str:
    plain = [plain_line(line, MAX_LINE_LENGTH) for line in lines]
    kept = [line for line in plain if line]
    if len(kept) > MAX_LINES:
        kept[MAX_LINES:] = [f"and {len(kept) - MAX_LINES} more lines"]
    return "\n".join(kept)


def _is_bad(case: TestCase) -> bool:
    return bool(case.is_failure() or case.is_error())


def _began(target: TargetVerdict) -> datetime:
    """Return the moment of the trigger, or of the first thing that the gate saw of the run."""
    evidence = target.evidence
    seen = [moment.at for moment in evidence.timeline]
    return evidence.facts.triggered_at or (min(seen) if seen else evidence.judged_at)


def _waited_seconds(target: TargetVerdict) -> float:
    """From then to the judging."""
    return max((target.last.judged_at - _began(target)).total_seconds(), 0.0)


def _complete(suite: Element) -> None:
    """Add what junit-xml leaves out: a time at each case, and a type of ours where a case is skipped."""
    total = 0.0
    for case in suite.iter("testcase"):
        seconds = float(case.get("time", "0"))
        case.set("time", _seconds(seconds))
        total += seconds
    suite.set("time", _seconds(total))
    for skipped in suite.iter("skipped"):
        skipped.set("type", "Skipped")


def _timestamp(moment: datetime) -> str:
    """As JUnit's schema has it: to the second, without a zone."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
