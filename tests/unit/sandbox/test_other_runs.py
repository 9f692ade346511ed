"""The runs of old."""

from __future__ import annotations

import json

import pytest

from probe_gate.sandbox.other_runs import History
from probe_gate.sandbox.scenarios import Scenario

from .manual_clock import START

SCENARIO = Scenario(earlier_categories={"Security": 80})


def test_they_are_finished_and_in_order() -> None:
    """Ids and dates rise together, every one is over and adds up."""
    runs = json.loads(b"[" + History(SCENARIO, 40, 100, START).joined(newest_first=False) + b"]")
    assert [run["id"] for run in runs] == list(range(100, 140))
    assert [run["executionDate"] for run in runs] == sorted(run["executionDate"] for run in runs)
    for run in runs:
        assert run["status"] == "COMPLETED"
        assert run["passedCount"] + run["failedCount"] + run["errorCount"] == run["totalCount"]


def test_newest_first_is_the_same_the_other_way_round() -> None:
    """Nothing is lost on the way."""
    history = History(SCENARIO, 40, 100, START)
    newest = json.loads(b"[" + history.joined(newest_first=True) + b"]")
    oldest = json.loads(b"[" + history.joined(newest_first=False) + b"]")
    assert newest == oldest[::-1]


def test_the_newest_run_left_a_result_for_each_probe() -> None:
    """That is what the scores rest on before the first trigger."""
    history = History(SCENARIO, 3, 1, START)
    results = history.last_results()
    assert {item.probe.category for item in results} == {"Security"}
    assert all(item.at < START for item in results)
    assert History(SCENARIO, 0, 1, START).last_results() == []


@pytest.mark.slow
def test_a_hundred_thousand_cost_seconds_once_and_nothing_again() -> None:
    """The bytes are kept."""
    history = History(Scenario(), 100_000, 1, START)
    first = history.joined(newest_first=True)
    assert history.joined(newest_first=True) is first
    assert len(first) > 25_000_000
