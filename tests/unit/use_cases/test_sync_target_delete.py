"""A target counts as deleted when that is proven, and only then."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from probe_gate.errors import AuthError, ConfigError, GateError, PlatformError
from probe_gate.use_cases.sync_target import delete_target
from tests.harness.fake_targets import FakeTargets, make_target_answer
from tests.harness.virtual_time import VirtualTime


def platform() -> FakeTargets:
    return FakeTargets(VirtualTime(), targets={42: make_target_answer()})


def delete(targets: FakeTargets) -> None:
    targets.time.finish(delete_target(targets, 42, 60.0))


def failing(**errors: GateError) -> Callable[[str, int], None]:
    def act(call: str, _number: int) -> None:
        if call in errors:
            raise errors[call]

    return act


def test_one_request_is_enough() -> None:
    """The usual case."""
    targets = platform()
    delete(targets)
    assert targets.targets == {}
    assert [call for _, call in targets.calls] == ["delete"]


def test_a_refusal_because_it_is_gone_is_good() -> None:
    """The answer to the first request was lost, and the second one was refused."""
    targets = platform()
    targets.targets.clear()
    delete(targets)


def test_a_platform_that_hides_what_is_gone_behind_403_is_understood() -> None:
    """The key is still good: it is the target that is gone."""
    targets = platform()
    targets.before_call = failing(delete=AuthError("403"), get=AuthError("403"))
    delete(targets)
    assert targets.count("types") == 1


@pytest.mark.parametrize(
    "errors",
    [
        {"delete": ConfigError("400")},
        {"delete": AuthError("403")},
        {"delete": AuthError("401"), "get": AuthError("401"), "types": AuthError("401")},
        {"delete": ConfigError("400"), "get": PlatformError("503")},
        {"delete": PlatformError("503")},
    ],
    ids=["still there", "still there but refused", "the key has expired", "cannot be read", "an outage"],
)
def test_what_is_not_proven_is_raised(errors: dict[str, GateError]) -> None:
    """The refusal of the deletion itself."""
    targets = platform()
    targets.before_call = failing(**errors)
    with pytest.raises(type(errors["delete"]), match=errors["delete"].message):
        delete(targets)
