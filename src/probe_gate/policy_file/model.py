"""The model of the policy file: its keys, what may stand behind each, and what they are for.

Both the check of a file and its JSON Schema are made from this.
"""

from __future__ import annotations

from collections.abc import Iterable

from probe_gate.domain.parsing import HIGHEST_ID, MOST_IDS, read_category, read_probes, read_softened
from probe_gate.domain.probes import RiskLevel
from probe_gate.errors import SOFTENABLE
from probe_gate.options import BY_NAME
from probe_gate.policy_file import scalars
from probe_gate.policy_file.mappings import Key, MappingShape, NamesShape
from probe_gate.policy_file.shapes import EitherShape, ListShape, ScalarShape, Shape
from probe_gate.yaml_text.tree import Scalar

VERSION = 1
MOST_TARGETS = 2_000
MOST_WAIVERS = 1_000
MOST_CATEGORIES = 200

CHECKS_WITHOUT_NAME = ("overall-score", "attack-success-rate")
CHECKS_WITH_NAME = ("category-score", "score-drop")
"""The checks that can be waived."""

DURATION_PATTERN = (
    r"^(?=.)([0-9]+(\.[0-9]+)?d)?([0-9]+(\.[0-9]+)?h)?([0-9]+(\.[0-9]+)?m)?([0-9]+(\.[0-9]+)?s)?$|^[0-9]+(\.[0-9]+)?$"
)


def _read_version(node: Scalar) -> int:
    number = scalars.whole(0, HIGHEST_ID)(node)
    if number != VERSION:
        raise ValueError(f"version {number} of the policy file is not known here; this probe-gate knows {VERSION}")
    return number


def _read_waiver_target(node: Scalar) -> str:
    if node.text == "*":
        return "*"
    return str(scalars.whole(1, HIGHEST_ID)(node))


def _read_baseline(node: Scalar) -> str:
    path = scalars.text(node)
    return "before" if path.lower() == "before" else path


def _read_softened_scalar(node: Scalar) -> object:
    return read_softened(scalars.text(node))


def _read_probes_scalar(node: Scalar) -> object:
    if scalars.is_null(node):
        raise ValueError("there is no value")
    return read_probes(node.text.strip())


def _in_any_case(word: str) -> str:
    """A pattern for the word in upper and lower case; JSON Schema's patterns have no flag for that."""
    return "".join(f"[{letter.upper()}{letter}]" if letter.isalpha() else letter for letter in word)


def _one_of(words: Iterable[str]) -> str:
    return "|".join(map(_in_any_case, words))


SCORE = ScalarShape(
    "a number from 0 to 100",
    scalars.min_score,
    {"type": "number", "maximum": 100, "anyOf": [{"const": 0}, {"minimum": 1}]},
)
PERCENT = ScalarShape(
    "a number from 0 to 100", scalars.number(0, 100), {"type": "number", "minimum": 0, "maximum": 100}
)
CONFIDENCE = ScalarShape(
    "a number above 0 and below 100",
    scalars.number(0, 100, open_ends=True),
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 100},
)
ID = ScalarShape("an id", scalars.whole(1, HIGHEST_ID), {"type": "integer", "minimum": 1, "maximum": HIGHEST_ID})
BOOLEAN = ScalarShape("true or false", scalars.boolean, {"type": "boolean"})
DURATION = ScalarShape(
    "a time such as 24h",
    scalars.duration,
    {"type": ["string", "number"], "pattern": DURATION_PATTERN, "exclusiveMinimum": 0},
)
DAY = ScalarShape(
    "a day such as 2027-01-31", scalars.day, {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
)
TEXT = ScalarShape("text", scalars.text, {"type": "string", "minLength": 1})
SOFTENED = ScalarShape(
    "an outcome", _read_softened_scalar, {"type": "string", "enum": sorted(outcome.value for outcome in SOFTENABLE)}
)
PROBES_WORD = ScalarShape(
    "probes",
    _read_probes_scalar,
    {
        "type": ["string", "integer"],
        "minimum": 1,
        "pattern": rf"^\s*({_one_of(('recommended', 'all'))}|{_in_any_case('risk')}\s*>=\s*"
        rf"({_one_of(level.value for level in RiskLevel)})|\[?[0-9,\s]+\]?)\s*$",
        "examples": ["recommended", *(f"risk>={level.value}" for level in RiskLevel), "all"],
    },
)
"""`recommended` and the like; also one id alone, which needs no brackets."""
CHECK = ScalarShape(
    "a check",
    scalars.text,
    {
        "type": "string",
        "pattern": rf"^\s*({_one_of(CHECKS_WITHOUT_NAME)}|({_one_of(CHECKS_WITH_NAME)})\s*:\s*\S.*)\s*$",
        "examples": [*CHECKS_WITHOUT_NAME, "category-score:Safety", "score-drop:overall"],
    },
)

CATEGORIES = NamesShape("category names with their least scores", read_category, SCORE, MOST_CATEGORIES)

_SHAPES: dict[str, Shape] = {
    "score": SCORE,
    "percent": PERCENT,
    "points": PERCENT,
    "confidence": CONFIDENCE,
    "count": ID,
    "switch": BOOLEAN,
    "duration": DURATION,
    "baseline": ScalarShape("a path, or before", _read_baseline, {"type": "string", "minLength": 1}),
    "category-scores": EitherShape((CATEGORIES, SCORE)),
    "soft-fail": EitherShape((ListShape("a list of outcomes", SOFTENED, len(SOFTENABLE)), SOFTENED)),
}
"""By the kind of the option that sets the same key."""

POLICY_KEYS = tuple(option.name for option in BY_NAME.values() if option.policy_key)

_HELP = {
    "min-category-score": 'Least score by category, such as {Security: 90, "*": 70}; * stands for all others. '
    "A single number is for each category that has a score.",
    "baseline": "Path of the report.json of an earlier gate that passed, or before: the scores just before the trigger.",
}
"""Where a file says it otherwise than a flag."""

POLICY = MappingShape(
    "a policy",
    {name: Key(_SHAPES[BY_NAME[name].kind], _HELP.get(name, BY_NAME[name].help)) for name in POLICY_KEYS},
)

TARGET = MappingShape(
    "a target",
    {
        "id": Key(ID, "the target's id: the number behind /target/ in the address of its page", is_required=True),
        "name": Key(TEXT, "the target's name in reports"),
        "probe-ids": Key(
            EitherShape((ListShape("a list of probe ids", ID, MOST_IDS, least=1, is_unique=True), PROBES_WORD)),
            BY_NAME["probe-ids"].help,
        ),
        "policy": Key(POLICY, "what is different for this target, key by key", may_be_empty=True),
    },
)

WAIVER = MappingShape(
    "a waiver",
    {
        "check": Key(CHECK, "the check that does not count, such as category-score:Safety", is_required=True),
        "target": Key(
            ScalarShape(
                'a target\'s id, or "*"',
                _read_waiver_target,
                {"anyOf": [{"type": "integer", "minimum": 1, "maximum": HIGHEST_ID}, {"const": "*"}]},
            ),
            'the target\'s id, or "*" for every target',
            is_required=True,
        ),
        "until": Key(DAY, "the last day (UTC) on which it holds, at most 90 days ahead", is_required=True),
        "reason": Key(TEXT, "why, for whoever reads the report", is_required=True),
        "approved-by": Key(TEXT, "who agreed"),
    },
)

FILE = MappingShape(
    "a policy file",
    {
        "version": Key(
            ScalarShape("the number 1", _read_version, {"const": VERSION}),
            f"the version of this format: {VERSION}",
            is_required=True,
        ),
        "policy": Key(POLICY, "the limits for every target", may_be_empty=True),
        "targets": Key(ListShape("a list of targets", TARGET, MOST_TARGETS), "the targets to gate", may_be_empty=True),
        "waivers": Key(
            ListShape("a list of waivers", WAIVER, MOST_WAIVERS),
            "failed checks that do not count for a while",
            may_be_empty=True,
        ),
    },
)
