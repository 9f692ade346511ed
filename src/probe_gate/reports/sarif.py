"""results.sarif: each failed check as a result that code scanning can track, in SARIF 2.1.0.

A result is located at the line of the policy file that set the limit. A limit that came from a flag, from the
environment or by default has no such line, and none is made up: its result is located at the pipeline's own file,
without a line. GitHub rejects a whole upload for one result without a file, so a failed check for which no file is
known becomes a notification of the invocation. Checks that could not be judged are no findings: they are
notifications, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from probe_gate import __version__, home
from probe_gate.domain.policy import Origin
from probe_gate.domain.text import name_of, plain_line
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict, Verdict, describe_check
from probe_gate.errors import Outcome
from probe_gate.reports.context import DEFAULT_CONTEXT, ReportContext
from probe_gate.reports.explanations import EXPLANATIONS, PAGE, Explanation
from probe_gate.reports.markdown import safe_address
from probe_gate.reports.presentation import decision_of, sort_checks, sort_targets

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS = 5_000
"""GitHub shows no more than 5,000 results of a run and rejects a file with more than 25,000."""
MAX_NOTIFICATIONS = 200
MAX_TEXT = 1_000

_COMPLETED = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED})
"""The outcomes after which the list of results is complete."""


def render_sarif(verdict: Verdict, context: ReportContext = DEFAULT_CONTEXT) -> str:
    """Return the results as JSON in ASCII; a gate without failed checks has an empty list of results."""
    results: list[dict[str, Any]] = []
    notifications = list(_outcome_notifications(verdict))
    for target in sort_targets(verdict.targets):
        for check in sort_checks(target.checks):
            location = _location(check.origin) or _whole_file(context.workflow_file)
            if check.outcome is CheckOutcome.FAILED and location is not None:
                results.append(_result(check, target, location))
            elif check.outcome in (CheckOutcome.FAILED, CheckOutcome.ERROR):
                notifications.append(_check_notification(check, target, location))
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "probe-gate",
                        "semanticVersion": __version__,
                        **_uri("informationUri", home.page(PAGE)),
                        "rules": [_rule(explanation) for explanation in EXPLANATIONS],
                    }
                },
                "automationDetails": {"id": "probe-gate/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": verdict.outcome in _COMPLETED,
                        "exitCode": verdict.exit_code,
                        "exitCodeDescription": verdict.outcome.value,
                        "endTimeUtc": f"{verdict.judged_at:%Y-%m-%dT%H:%M:%SZ}",
                        "toolExecutionNotifications": notifications[:MAX_NOTIFICATIONS],
                    }
                ],
                "results": results[:MAX_RESULTS],
            }
        ],
    }
    return json.dumps(log, indent=1) + "\n"


def _rule(explanation: Explanation) -> dict[str, Any]:
    help_text = f"{explanation.measures} {explanation.fails} {explanation.acts}"
    return {
        "id": explanation.kind,
        "name": explanation.kind.title().replace("-", ""),
        "shortDescription": {"text": f"{explanation.title_of('one category')}."},
        "fullDescription": {"text": f"{explanation.measures} {explanation.fails}"},
        "help": {"text": help_text, "markdown": f"{help_text}{explanation.markdown_link}"},
        **_uri("helpUri", explanation.link),
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["security", "ai", "red-teaming"]},
    }


def _uri(name: str, address: str) -> dict[str, str]:
    """Return the property, or nothing: SARIF knows no empty address."""
    return {name: address} if address else {}


_RULE_INDEX = {explanation.kind: index for index, explanation in enumerate(EXPLANATIONS)}


def _result(check: Check, target: TargetVerdict, location: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": check.kind,
        "level": "error",
        "message": {"text": _message(check, target)},
        "locations": [location],
        "partialFingerprints": {"targetAndCheck/v1": _fingerprint(check, target)},
        "properties": {"target": target.target.id, "check": plain_line(check.id)},
    }
    if check.kind in _RULE_INDEX:
        result["ruleIndex"] = _RULE_INDEX[check.kind]
    address = safe_address(target.evidence.run_url)
    if address:
        result["hostedViewerUri"] = address
    return result


def _outcome_notifications(verdict: Verdict) -> Iterator[dict[str, Any]]:
    """Return what kept the gate as a whole from judging, where no check says so."""
    if verdict.outcome is Outcome.SKIPPED:
        yield {"level": "warning", "message": {"text": _escape(f"Skipped. {verdict.reason} {verdict.hint}")}}
    if verdict.outcome in _COMPLETED or any(check.outcome is CheckOutcome.ERROR for check in _checks_of(verdict)):
        return
    yield {"level": "error", "message": {"text": _escape(f"{verdict.reason} {verdict.hint}")}}
    for problem in verdict.problems:
        yield {"level": "error", "message": {"text": _escape(problem)}}


def _checks_of(verdict: Verdict) -> Iterator[Check]:
    return (check for target in verdict.targets for check in target.checks)


def _check_notification(check: Check, target: TargetVerdict, location: dict[str, Any] | None) -> dict[str, Any]:
    """Return a check that could not be judged, or a failed one that no file stands for."""
    notification: dict[str, Any] = {
        "level": "error" if check.outcome is CheckOutcome.FAILED else "warning",
        "message": {"text": _message(check, target)},
        "properties": {"target": target.target.id, "check": plain_line(check.id)},
    }
    if check.kind in _RULE_INDEX:
        notification["associatedRule"] = {"id": check.kind, "index": _RULE_INDEX[check.kind]}
    if location is not None:
        notification["locations"] = [location]
    return notification


def _message(check: Check, target: TargetVerdict) -> str:
    decision = decision_of(check, target)
    return _escape(f"{name_of(target.target)}: {describe_check(check)}. {check.message} {decision} {check.hint}")


def _escape(text: str) -> str:
    """SARIF reads [text](1) as a link and {0} as a placeholder, also in plain text."""
    return plain_line(text, MAX_TEXT).replace("[", "\\[").replace("]", "\\]").replace("{", "{{").replace("}", "}}")


def _fingerprint(check: Check, target: TargetVerdict) -> str:
    """Return a fingerprint that is the same for the same check of the same target, wherever its limit stands and whatever was measured."""
    identity = f"{target.target.id}\n{check.id.casefold()}"
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _location(origin: Origin | None) -> dict[str, Any] | None:
    """Return the place in a file; None when the limit is set in none, or in one outside of the repository."""
    if origin is None or not origin.file or origin.line is None or origin.line < 1:
        return None
    location = _whole_file(origin.file)
    if location is None:
        return None
    region = {"startLine": origin.line}
    if origin.column is not None and origin.column >= 1:
        region["startColumn"] = origin.column
    location["physicalLocation"]["region"] = region
    return location


def _whole_file(file: str) -> dict[str, Any] | None:
    """Return a file of the repository as a location; None when the path leads out of it."""
    path = plain_line(file.replace("\\", "/"), MAX_TEXT).removeprefix("./")
    if not path or path.startswith("/") or ".." in path.split("/"):
        return None
    return {
        "physicalLocation": {"artifactLocation": {"uri": quote(path, safe="/-._~"), "uriBaseId": "%SRCROOT%"}},
    }
