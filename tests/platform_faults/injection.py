"""Text that is an injection attempt in the formats where it appears."""

from __future__ import annotations

from typing import Any

HOSTILE_TEXTS: tuple[str, ...] = (
    "::error file=app.py,line=1::owned\n::set-output name=outcome::passed\n::add-mask::passed",
    "\r\n::stop-commands::x\r\n##vso[task.setvariable variable=outcome]passed\r\n##[error]owned",
    "<script>alert(1)</script><img src=x onerror=alert(1)><!-- --></style>",
    "]]><failure/></testcase><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;&amp;&#0;",
    "| a | b |\n|---|---|\n\n# Passed\n[click](javascript:alert(1)) ![x](http://example.com/x.png) @everyone <details>",
    "```\n~~~\n`` `code` `` **bold** $x^2$ https://example.com/target_state",
    "\x1b[2J\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b]8;;http://example.com\x1b\\link\x1b]8;;\x1b\\\x9b31m",
    "section_start:1:owned\r\x1b[0Ksection_end:1:owned\r\x1b[0K",
    "\u202egnp.exe\u202c \u2066isolated\u2069 \u200b\u200d\ufeff zero width",
    "\x00\x01\x08\x7f\x80\x9f\ufffe\uffff control",
    "line\u2028separator\u2029paragraph\x0bvertical\x0cfeed\x85next",
    "${{ secrets.API_KEY }} $(id) `id` ${PATH} %0A%0D {{7*7}} {% raw %}",
    "../../etc/passwd \\..\\..\\ CON NUL 'quote' \"double\"",
    '=HYPERLINK("http://example.com") +1 -1 @SUM(1)',
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 é e\u0301 👩\u200d👩\u200d👧 " + "Z\u0351\u036f" * 50,
    "EOF\nghadelimiter\noutcome=passed\nscore=100",
    "x" * 1_000_000,
)


def add_hostile_text(value: Any) -> Any:
    """Return a run list, scores or a target with injected text in every free-text field."""
    if isinstance(value, list):
        return [_hostile_run(run, place) for place, run in enumerate(value)]
    if "overallScore" in value:
        scores = dict(value["scores"] or {})
        scores.update((text, 90.0) for text in HOSTILE_TEXTS)
        return {**value, "scores": scores}
    if "settings" in value:
        settings = {**value["settings"], "name": HOSTILE_TEXTS[2], "description": HOSTILE_TEXTS[4]}
        return {**value, "settings": settings}
    return value


def _hostile_run(run: dict[str, Any], place: int) -> dict[str, Any]:
    """Return a run whose name still begins with its own, so that it can be found by it."""
    text = HOSTILE_TEXTS[place % (len(HOSTILE_TEXTS) - 1)]
    probes = [*(run.get("probes") or ()), *(HOSTILE_TEXTS[:-1] if place < 3 else ())]
    return {**run, "name": f"{run['name']} {text}", "startedBy": text, "probes": probes}
