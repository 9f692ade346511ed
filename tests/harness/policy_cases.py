"""Policy files, good and bad, and what is said of each: exit code, line, message.

`told` is every problem as `LINE:COLUMN: message`, from top to bottom; a good file has none. Today is 2026-11-24.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

TODAY = date(2026, 11, 24)


@dataclass(frozen=True)
class Case:
    name: str
    text: str | bytes
    told: tuple[str, ...] = ()

    @property
    def data(self) -> bytes:
        return self.text.encode() if isinstance(self.text, str) else self.text

    @property
    def exit_code(self) -> int:
        return 2 if self.told else 0


def policy(lines: str) -> str:
    """A file whose policy holds these lines; the first is line 3."""
    return "version: 1\npolicy:\n" + "".join(f"  {line}\n" for line in lines.splitlines())


def targets(lines: str) -> str:
    """A file whose targets hold these lines; the first is line 3."""
    return "version: 1\ntargets:\n" + "".join(f"  {line}\n" for line in lines.splitlines())


def waiver(**changes: str) -> str:
    """A file with one waiver; `check` is in line 3, `target` 4, `until` 5, `reason` 6."""
    fields = {"check": "overall-score", "target": "42", "until": "2026-12-31", "reason": "SEC-1", **changes}
    lines = [f"{key.replace('_', '-')}: {value}" for key, value in fields.items() if value]
    return "version: 1\nwaivers:\n  - " + "\n    ".join(lines) + "\n"


INTERFACE_EXAMPLE = """\
version: 1
policy:                         # for every target
  min-score: 80
  min-category-score: {Security: 90, "*": 70}
  max-attack-success-rate: 5
  max-error-rate: 5
targets:
  - id: 42
    name: Support bot           # for reports
    probe-ids: recommended
    policy: {min-score: 85}     # overrides, key by key
waivers:
  - check: category-score:Safety
    target: 42
    until: 2027-01-31           # required, at most 90 days ahead
    reason: Tracked in SEC-1234
    approved-by: security team  # free text
"""

GOOD = (
    Case("the example of the documentation", INTERFACE_EXAMPLE),
    Case("the least that is a policy", "version: 1\n"),
    Case("a byte order mark and Windows line ends", b"\xef\xbb\xbfversion: 1\r\npolicy:\r\n  min-score: 80\r\n"),
    Case("document marks and comments", "# limits\n---\nversion: 1\n...\n"),
    Case("JSON is YAML", '{"version": 1, "policy": {"min-score": 80, "soft-fail": ["failed"]}}'),
    Case("sections with nothing in them", "version: 1\npolicy:\ntargets:\nwaivers: null\n"),
    Case("empty lists", "version: 1\ntargets: []\nwaivers: []\npolicy: {}\n"),
    Case(
        "every key",
        policy(
            "min-score: 79.5\nmin-category-score: 70\nmax-attack-success-rate: 2.5\nconfidence: 95\n"
            "max-error-rate: 0\nmin-test-cases: 100\nmax-score-drop: 3\nbaseline: before\n"
            "allow-missing-baseline: true\nmax-age: 7d\nsoft-fail: [inconclusive, timed-out]\nconfirm: 2"
        ),
    ),
    Case("bounds are part of the range", policy("min-score: 0\nmax-error-rate: 100\nmax-score-drop: 100.0")),
    Case("a category in quotes and one without", policy('min-category-score: {"Business Alignment": 80, Custom: 1}')),
    Case("a category of hard signs", policy("min-category-score:\n  Hallucination & Trustworthiness: 75")),
    Case("times in every form", targets("- {id: 1, policy: {max-age: 90}}\n- {id: 2, policy: {max-age: 1h30m}}")),
    Case("a time in quotes", policy('max-age: "36h"')),
    Case("one outcome without a list", policy("soft-fail: inconclusive")),
    Case("no outcome at all", policy("soft-fail: []")),
    Case("true in capitals", policy("allow-missing-baseline: TRUE")),
    Case("probes as a list", targets("- id: 1\n  probe-ids: [3, 1, 2]")),
    Case("probes as one id", targets("- {id: 1, probe-ids: 7}")),
    Case("probes by risk", targets("- {id: 1, probe-ids: risk>=high}")),
    Case("probes in words with commas", targets('- {id: 1, probe-ids: "1, 2"}')),
    Case("a name of digits in quotes", targets('- {id: 1, name: "42"}')),
    Case("a target without differences", targets("- id: 1\n  policy:")),
    Case("a waiver that has ended", waiver(until="2020-01-01")),
    Case("a waiver of today", waiver(until="2026-11-24")),
    Case("a waiver of the ninetieth day", waiver(until="2027-02-22")),
    Case("a waiver for all", waiver(target='"*"', check='"score-drop:Security"')),
    Case("a waiver in capitals and blanks", waiver(check='"Category-Score: Safety"')),
    Case("a reason of several lines", waiver(reason=">\n      a long\n      story")),
    Case("a date in quotes", waiver(until='"2026-12-31"')),
)

STRUCTURE = (
    Case("an empty file", "", ("1:1: the file is empty; start with the line version: 1",)),
    Case("only a comment", "# nothing yet\n", ("1:1: the file is empty; start with the line version: 1",)),
    Case("a list", "- version: 1\n", ("1:1: expected a policy file, with keys such as version, policy, targets",)),
    Case("a word", "hello\n", ("1:1: expected a policy file, with keys such as version, policy, targets",)),
    Case("no version", "policy: {}\n", ("1:1: version is missing here: the version of this format: 1",)),
    Case(
        "a later version",
        "version: 2\n",
        ("1:10: version 2 of the policy file is not supported; this probe-gate supports 1",),
    ),
    Case(
        "a version in quotes",
        'version: "1"\n',
        ("1:10: 1 is text because it is quoted; write a number without quotes",),
    ),
    Case(
        "an unknown section",
        "version: 1\ntarget: []\n",
        ("2:1: target is not a key here; did you mean targets?",),
    ),
    Case(
        "a section of another kind",
        "version: 1\npolicy: strict\n",
        ("2:9: expected a policy, with keys such as min-score, min-category-score, max-attack-success-rate",),
    ),
    Case(
        "a misspelt key",
        policy("min_score: 80"),
        ("3:3: min_score is not a key here; did you mean min-score?",),
    ),
    Case(
        "a key in camel case",
        policy("maxErrorRate: 5"),
        ("3:3: maxErrorRate is not a key here; did you mean max-error-rate?",),
    ),
    Case(
        "a key that is like none",
        waiver(owner="x"),
        ("7:5: owner is not a key here; known: check, target, until, reason, approved-by",),
    ),
    Case(
        "an option that is no limit",
        policy("timeout: 45m"),
        ("3:3: timeout is not a key here; known: min-score, min-category-score, max-attack-success-rate, confidence",),
    ),
    Case(
        "a key twice",
        policy("min-score: 80\nmax-error-rate: 5\nmin-score: 70"),
        ("5:3: min-score appears twice; the first is on line 3",),
    ),
    Case(
        "a category twice in another case",
        policy("min-category-score:\n  Security: 90\n  SECURITY: 80"),
        ("5:5: SECURITY appears twice; upper and lower case make no difference",),
    ),
    Case("not YAML", "version: 1\npolicy: {min-score: 80\n", ("3:1: this is not YAML",)),
    Case(
        "a tab for blanks",
        "version: 1\npolicy:\n\tmin-score: 80\n",
        ("3:1: this is not YAML: tabs are not allowed here",),
    ),
    Case(
        "a lone star",
        policy("min-category-score: {*: 70}"),
        ('3:25: this is not YAML: an unquoted * is an alias in YAML; write "*" in quotes',),
    ),
    Case("a second document", "version: 1\n---\nversion: 1\n", ("2:1: a second document begins here (---)",)),
    Case(
        "an anchor and an alias",
        "version: 1\npolicy: &limits {min-score: 80}\ntargets: [{id: 1, policy: *limits}]\n",
        (
            "2:9: an anchor (&limits) is not accepted; write the value out",
            "3:27: an alias (*limits) is not accepted; write the value out",
            "3:27: expected a policy",
        ),
    ),
    Case(
        "a bomb of aliases",
        "version: 1\na: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n",
        (
            "2:1: a is not a key here; known: version, policy, targets, waivers",
            "2:4: an anchor (&a) is not accepted; write the value out",
            "3:1: b is not a key here; known: version, policy, targets, waivers",
            "3:4: an anchor (&b) is not accepted; write the value out",
            *(f"3:{column}: an alias (*a) is not accepted; write the value out" for column in (8, 11, 14)),
            "4:1: c is not a key here; known: version, policy, targets, waivers",
            *(f"4:{column}: an alias (*b) is not accepted; write the value out" for column in (5, 8, 11)),
        ),
    ),
    Case(
        "a merge key",
        policy("<<: {min-score: 1}"),
        ("3:3: a merge key (<<) is not accepted; write the keys out",),
    ),
    Case(
        "a tag",
        policy("min-score: !!python/object/apply:os.system [ls]"),
        (
            "3:14: a tag (tag:yaml.org,2002:python/object/apply:os.system) is not accepted; write the plain value",
            "3:14: expected a number from 0 to 100, not a list or mapping",
        ),
    ),
    Case(
        "a tag of a number",
        policy("min-score: !!int 80"),
        ("3:14: a tag (tag:yaml.org,2002:int) is not accepted; write the plain value",),
    ),
    Case(
        "nesting without end",
        "version: 1\npolicy: " + "[" * 5000,
        ("2:24: more than 16 levels of nesting",),
    ),
    Case("UTF-16", "version: 1\n".encode("utf-16"), ("1:1: the file is UTF-16; save it as UTF-8",)),
    Case("Latin-1", b"version: 1\n# gr\xfc\xdfe\n", ("1:1: line 2 is not UTF-8 text; save the file as UTF-8",)),
    Case(
        "a control character",
        "version: 1\n# \x1b[31m\n",
        ("2:3: a character (U+001B) that is not allowed in a text file",),
    ),
    Case("a key that is a list", "version: 1\n? [policy]\n: {}\n", ("2:3: a key must be a plain word",)),
)

VALUES = (
    Case(
        "yes for a number",
        policy("min-score: yes"),
        ("3:14: yes is a boolean in YAML, but a number is expected",),
    ),
    Case(
        "true for a number",
        policy("min-score: True"),
        ("3:14: True is a boolean in YAML, but a number is expected",),
    ),
    Case("not a number", policy("min-score: .nan"), ("3:14: .nan is not a number that a limit can be",)),
    Case("NaN in letters", policy("min-score: NaN"), ("3:14: NaN is not a number that a limit can be",)),
    Case("without end", policy("max-error-rate: -.INF"), ("3:19: -.INF is not a number that a limit can be",)),
    Case("an exponent", policy("min-score: 8e1"), ("3:14: 8e1 is written with an exponent; write the number out",)),
    Case(
        "an octal number",
        policy("min-score: 080"),
        ("3:14: 080 begins with a zero, which YAML may read as octal; write it without",),
    ),
    Case("a new octal number", policy("min-score: 0o80"), ("3:14: 0o80",)),
    Case("a hexadecimal number", policy("min-score: 0x50"), ("3:14: 0x50 is not written in decimal digits",)),
    Case(
        "a number to base 60",
        policy("min-score: 1:20"),
        ("3:14: 1:20 is a base 60 number in YAML; write it in decimal digits",),
    ),
    Case("underscores", policy("min-score: 8_0"), ("3:14: 8_0 has underscores in it; write the digits only",)),
    Case("a plus sign", policy("min-score: +80"), ("3:14: +80 has a plus sign; write the digits only",)),
    Case(
        "a version that is true",
        "version: true\n",
        ("1:10: true is a boolean in YAML, but a number is expected",),
    ),
    Case("a version with a point", "version: 1.0\n", ("1:10: 1.0 is not a whole number",)),
    Case("a day that is a number", waiver(until="0"), ("5:12: 0 is not a date; write it like 2027-01-31",)),
    Case("null for an optional key", targets("- {id: 1, name: ~}"), ("3:19: there is no value",)),
    Case(
        "one number for every category that is none",
        policy("min-category-score: 8e1"),
        ("3:23: 8e1 is written with an exponent; write the number out",),
    ),
    Case(
        "an outcome alone that does not exist",
        policy("soft-fail: faild"),
        ("3:14: faild is not an outcome that can be softened; did you mean failed?",),
    ),
    Case(
        "every wrong item of a list",
        policy("soft-fail: [faild, yes]"),
        (
            "3:15: faild is not an outcome that can be softened",
            '3:22: yes is not text in YAML; put it in quotes: "yes"',
        ),
    ),
    Case(
        "every wrong category",
        policy('min-category-score: {Security: yes, "": 1, Safety: 8e1}'),
        (
            "3:34: yes is a boolean in YAML",
            "3:39: a category has no name",
            "3:54: 8e1 is written with an exponent",
        ),
    ),
    Case("probes that are a mapping", targets("- {id: 1, probe-ids: {a: 1}}"), ("3:24: expected a list",)),
    Case(
        "a percent sign",
        policy("max-error-rate: 5%"),
        ("3:19: 5% is not a plain number; write it without the percent sign",),
    ),
    Case(
        "a decimal comma",
        policy("min-score: 79,5"),
        ("3:14: 79,5 is not a plain number; write a decimal point, not a comma",),
    ),
    Case(
        "a date for a number",
        policy("min-score: 2026-11-24"),
        ("3:14: 2026-11-24 is a date in YAML, but a number is expected",),
    ),
    Case(
        "a number in quotes",
        policy('min-score: "80"'),
        ("3:14: 80 is text because it is quoted; write a number without quotes",),
    ),
    Case("no number", policy("min-score:"), ("3:13: there is no value",)),
    Case("null", policy("max-attack-success-rate: ~"), ("3:28: there is no value",)),
    Case("words", policy("min-score: eighty"), ("3:14: eighty is not a plain number, such as 80 or 2.5",)),
    Case("more than all", policy("min-score: 880"), ("3:14: 880 is not between 0 and 100",)),
    Case("less than nothing", policy("max-score-drop: -1"), ("3:19: -1 is not between 0 and 100",)),
    Case("a full confidence", policy("confidence: 100"), ("3:15: 100 is not above 0 and below 100",)),
    Case("no test case at all", policy("min-test-cases: 0"), ("3:19: 0 is not between 1 and 2147483647",)),
    Case("half a test case", policy("min-test-cases: 1.5"), ("3:19: 1.5 is not a whole number",)),
    Case("an even number of runs", policy("confirm: 1"), ("3:12: 1 is not 0, 2 or 4",)),
    Case("runs in quotes", policy('confirm: "2"'), ("3:12: 2 is text because it is quoted",)),
    Case("true for runs", policy("confirm: true"), ("3:12: true is a boolean in YAML",)),
    Case(
        "a list for a number",
        policy("min-score: [80]"),
        ("3:14: expected a number from 0 to 100, not a list or mapping",),
    ),
    Case(
        "yes for true",
        policy("allow-missing-baseline: yes"),
        ("3:27: yes is a boolean in YAML 1.1 and text in YAML 1.2; write true or false",),
    ),
    Case("one for true", policy("allow-missing-baseline: 1"), ("3:27: 1 is not true or false",)),
    Case("true in quotes", policy('allow-missing-baseline: "true"'), ("3:27: true is text because it is quoted",)),
    Case("a time of day", policy("max-age: 1:30"), ("3:12: 1:30 is a base 60 number in YAML; write it like 90s",)),
    Case(
        "a time that is none",
        policy("max-age: soon"),
        ("3:12: soon is not a time; write it like 90s, 10m, 2h or 1h30m",),
    ),
    Case("no time", policy("max-age: 0s"), ("3:12: 0s must be longer than zero, such as 24h",)),
    Case(
        "an outcome that does not exist",
        policy("soft-fail: [faild]"),
        ("3:15: faild is not an outcome that can be softened; did you mean failed?",),
    ),
    Case(
        "an outcome that cannot be softened",
        policy("soft-fail: [auth-error]"),
        ("3:15: auth-error is not an outcome that can be softened",),
    ),
    Case(
        "categories in a list",
        policy("min-category-score: [Security]"),
        ("3:23: expected category names with their minimum scores",),
    ),
    Case("a category without a score", policy("min-category-score: {Security}"), ("3:32: there is no value",)),
    Case("no category", policy("min-category-score: {}"), ("3:23: 0 given, but at least 1 expected",)),
    Case(
        "an ugly category",
        policy('min-category-score: {"a\\e[1m": 1}'),
        ("3:24: it holds a line break or a control character",),
    ),
    Case(
        "a number for text", targets("- {id: 1, name: 42}"), ('3:19: 42 is not text in YAML; put it in quotes: "42"',)
    ),
    Case("no for text", waiver(approved_by="no"), ('7:18: no is not text in YAML; put it in quotes: "no"',)),
    Case("bidirectional text", waiver(reason='"a\\u202eb"'), ("6:13: it contains a control character",)),
    Case("too much text", waiver(reason="x" * 501), ("6:13: it has 501 characters; at most 500 are allowed",)),
    Case("blank text", waiver(reason='"  "'), ("6:13: there is no text",)),
)

MEANING = (
    Case("a target without an id", targets("- name: bot"), ("3:5: id is missing here",)),
    Case("an id of zero", targets("- id: 0"), ("3:9: 0 is not between 1 and 2147483647",)),
    Case("an id too large", targets("- id: 2147483648"), ("3:9: 2147483648 is not between 1 and 2147483647",)),
    Case(
        "a target that is a number",
        targets("- 42"),
        ("3:5: expected a target, with keys such as id, name, probe-ids",),
    ),
    Case("targets that are a mapping", "version: 1\ntargets: {42: bot}\n", ("2:10: expected a list",)),
    Case(
        "a target twice",
        targets("- id: 1\n- id: 2\n- id: 1"),
        ("5:9: target 1 appears twice; the first is on line 3",),
    ),
    Case("a probe twice", targets("- {id: 1, probe-ids: [7, 7]}"), ("3:24: 7 is named twice",)),
    Case("no probes", targets("- {id: 1, probe-ids: []}"), ("3:24: 0 given, but at least 1 expected",)),
    Case("probes that are a word", targets("- {id: 1, probe-ids: some}"), ("3:24: some names no probes",)),
    Case(
        "a risk that is none",
        targets("- {id: 1, probe-ids: risk>=hi}"),
        ("3:24: hi is not a risk level; did you mean high?",),
    ),
    Case(
        "an override that is wrong",
        targets("- id: 1\n  policy: {min-scor: 1}"),
        ("4:14: min-scor is not a key here; did you mean min-score?",),
    ),
    Case(
        "a waiver without a date",
        waiver(until=""),
        ("3:5: until is missing here: the last day (UTC) of the waiver, at most 90 days ahead",),
    ),
    Case("a waiver without a reason", waiver(reason=""), ("3:5: reason is missing here",)),
    Case("a waiver without a target", waiver(target=""), ("3:5: target is missing here",)),
    Case(
        "a waiver too far ahead",
        waiver(until="2027-02-23"),
        ("5:12: 2027-02-23 is more than 90 days ahead; the latest is 2027-02-22",),
    ),
    Case(
        "a date in another order",
        waiver(until="31.12.2026"),
        ("5:12: 31.12.2026 is not a date; write it like 2027-01-31",),
    ),
    Case("a day that is none", waiver(until="2026-11-31"), ("5:12: 2026-11-31 is not a day in the calendar",)),
    Case("a moment for a day", waiver(until="2026-12-31T00:00:00Z"), ("5:12: 2026-12-31T00:00:00Z is not a date",)),
    Case(
        "a check that does not exist",
        waiver(check="overal-score"),
        ("3:12: overal-score is not a check; did you mean overall-score?",),
    ),
    Case(
        "a check without its name",
        waiver(check="category-score"),
        ("3:12: category-score needs a name: category-score:NAME",),
    ),
    Case(
        "a check with a name too many",
        waiver(check='"overall-score:x"'),
        ("3:12: overall-score has no names; write it without :x",),
    ),
    Case(
        "a check that says nothing was judged",
        waiver(check="scores-fresh"),
        ("3:12: scores-fresh fails when something could not be evaluated, which cannot be waived",),
    ),
    Case("a waiver for a target by name", waiver(target="bot"), ("4:13: bot is not a whole number",)),
    Case(
        "a waiver for a target that is not there",
        targets("- id: 123456")
        + "waivers: [{check: overall-score, target: 123465, until: 2026-12-31, reason: SEC-1}]\n",
        ("4:42: 123465 is not among the targets of this file; did you mean 123456?",),
    ),
    Case(
        "a check waived twice",
        waiver() + "  - {check: Overall-Score, target: 42, until: 2026-12-01, reason: SEC-2}\n",
        ("7:13: this check of this target is waived twice; the first is on line 3",),
    ),
    Case(
        "many mistakes at once",
        "policy:\n  min-score: yes\n  max_error_rate: 5\ntargets:\n  - id: x\n  - {id: 1, colour: red}\nwaivers:\n"
        "  - check: nothing\n    target: 1\n    until: tomorrow\n",
        (
            "1:1: version is missing here",
            "2:14: yes is a boolean in YAML",
            "3:3: max_error_rate is not a key here; did you mean max-error-rate?",
            "5:9: x is not a whole number",
            "6:13: colour is not a key here; known: id, name, probe-ids, policy",
            "8:5: reason is missing here",
            "8:12: nothing is not a check; known: overall-score",
            "10:12: tomorrow is not a date",
        ),
    ),
)

CASES = (*GOOD, *STRUCTURE, *VALUES, *MEANING)
