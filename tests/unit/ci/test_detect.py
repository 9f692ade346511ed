from __future__ import annotations

import pytest

from probe_gate.ci.detect import detect_ci
from tests.harness.ci_environments import JENKINS, SYSTEMS


@pytest.mark.parametrize("system", SYSTEMS)
def test_knows_each_system_by_its_variables(system: str) -> None:
    """Each CI system is known by the variables it always sets."""
    assert detect_ci(SYSTEMS[system]).system == system


def test_a_terminal_is_no_ci_system() -> None:
    """Without a known system's variables the job is generic, and never takes up a run."""
    job = detect_ci({"HOME": "/", "CI": "true"})
    assert job.system == "generic"
    assert job.job_identity() == ()


def test_jenkins_in_a_container_without_its_address() -> None:
    """A Jenkins that was never told its own address is still known."""
    environ = {name: value for name, value in JENKINS.items() if name != "JENKINS_URL"}
    assert detect_ci(environ).system == "jenkins"
