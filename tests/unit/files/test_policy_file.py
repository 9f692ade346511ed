"""What a policy file says, and what is said of a wrong one."""

from __future__ import annotations

from decimal import Decimal

import pytest
import yaml

from probe_gate.domain.policy import REST
from probe_gate.errors import ConfigError, Outcome
from probe_gate.files import policy_file
from probe_gate.files.policy_file import PolicyFile, parse_policy_file
from tests.harness.policy_cases import CASES, INTERFACE_EXAMPLE, TODAY, Case, policy, targets

NAME = "ci/policy.yml"


def read(text: str | bytes) -> PolicyFile:
    return parse_policy_file(text.encode() if isinstance(text, str) else text, NAME, TODAY)


def problems_of(data: bytes) -> list[str]:
    try:
        read(data)
    except ConfigError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("parser", ["C", "Python"])
def test_every_mistake_is_told_with_its_place(case: Case, parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By either of PyYAML's parsers, for not every system has the fast one."""
    if parser == "Python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    told = problems_of(case.data)
    assert len(told) == len(case.told), told
    for problem, expected in zip(told, case.told, strict=True):
        assert problem.startswith(f"{NAME}:{expected}")


def test_the_table_is_long() -> None:
    """Good files and bad ones, each once."""
    assert len({case.name for case in CASES}) == len(CASES) > 100
    assert len([case for case in CASES if not case.told]) > 25


def test_the_example_of_the_documentation_says_what_it_says() -> None:
    """Each limit with its line and column."""
    file = read(INTERFACE_EXAMPLE)
    limits = {key: (str(limit.value), limit.origin.line) for key, limit in file.part.limits.items()}
    assert limits == {
        "min-score": ("80", 3),
        "max-attack-success-rate": ("5", 5),
        "max-error-rate": ("5", 6),
    }
    assert [(one.category, one.limit.value, str(one.limit.origin)) for one in file.part.categories] == [
        ("Security", Decimal(90), f"{NAME}:4:34"),
        (REST, Decimal(70), f"{NAME}:4:43"),
    ]
    (target,) = file.targets
    assert (target.id, target.name, str(target.probes)) == (42, "Support bot", "recommended probes")
    assert str(target.part.limits["min-score"].origin) == f"{NAME}:11:25"
    (waiver,) = file.waivers
    assert (waiver.check, waiver.target, waiver.until.isoformat(), waiver.reason, waiver.approved_by) == (
        "category-score:Safety", "42", "2027-01-31", "Tracked in SEC-1234", "security team",
    )  # fmt: skip
    assert str(waiver.origin) == f"{NAME}:13:12"


def test_one_number_is_for_every_category() -> None:
    """As with the flag."""
    (minimum,) = read(policy("min-category-score: 70")).part.categories
    assert (minimum.category, str(minimum.limit.value)) == (REST, "70")


def test_soft_fail_that_is_empty_is_not_soft_fail_that_is_absent() -> None:
    """A target can take back what holds for every target."""
    file = read(policy("soft-fail: failed") + "targets: [{id: 1, policy: {soft-fail: []}}, {id: 2}]\n")
    assert file.part.soft_fail is not None
    assert file.part.soft_fail.outcomes == {Outcome.FAILED}
    first, second = (entry.part.soft_fail for entry in file.targets)
    assert first is not None
    assert first.outcomes == frozenset()
    assert second is None


def test_targets_are_found_by_id() -> None:
    """In whatever order they stand."""
    file = read(targets("- id: 7\n- id: 3\n- id: 5"))
    assert [entry.id for entry in file.targets] == [3, 5, 7]
    assert [file.entry_of(number) is not None for number in range(2, 9)] == [
        False,
        True,
        False,
        True,
        False,
        True,
        False,
    ]


def test_a_file_of_a_thousand_mistakes_is_told_in_a_hundred() -> None:
    """And the count of the rest; the message has the whole count."""
    with pytest.raises(ConfigError) as refused:
        read(policy("\n".join(f"x{number}: 1" for number in range(1000))))
    assert len(refused.value.problems) == 101
    assert refused.value.problems[-1] == f"{NAME}: and 900 more problems"
    assert refused.value.message == f"1,000 problems in {NAME}."


def test_similar_names_are_looked_up_for_reported_problems_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing names takes a thousand times as long as finding that one is unknown."""
    compared: list[str] = []

    def note(name: str, _known: object) -> str:
        compared.append(name)
        return ""

    monkeypatch.setattr(policy_file, "did_you_mean", note)
    with pytest.raises(ConfigError):
        read(policy("\n".join(f"x{number}: 1" for number in range(1000))))
    assert compared == [f"x{number}" for number in range(100)]


def test_a_file_too_large_is_not_parsed() -> None:
    """A policy has no megabyte."""
    assert problems_of(b"#" * (1024 * 1024 + 1)) == [f"{NAME}:1:1: the file is larger than 1024 KiB"]


def test_two_thousand_targets_are_read() -> None:
    """And not one more."""
    entries = [f"- {{id: {number}, name: Bot {number}}}" for number in range(1, 2002)]
    assert len(read(targets("\n".join(entries[:-1]))).targets) == 2000
    assert problems_of(targets("\n".join(entries)).encode()) == [f"{NAME}:3:3: 2001 given, but at most 2000 allowed"]
