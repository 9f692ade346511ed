"""What a release does to the repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.contract.ci_files import ROOT, check_schema

SCRIPT = ROOT / "scripts" / "release-tags"
DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"ghcr.io/acme/probe-gate@{DIGEST}"
OTHER_IMAGE = f"ghcr.io/acme/probe-gate@sha256:{'f' * 64}"


class Clone:
    """A clone of the project at a commit of main."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for name in ("action.yml", "native/action.yml", "Dockerfile"):
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((ROOT / name).read_bytes())
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit()

    def git(self, *words: str) -> str:
        named = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
        done = subprocess.run([*named, *words], cwd=self.directory, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "A change")

    def release(self, version: str, image: str = IMAGE) -> subprocess.CompletedProcess[str]:
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.directory)}
        for role in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{role}_NAME": "release", f"GIT_{role}_EMAIL": "release@example.com"}
        return subprocess.run(
            [SCRIPT, version, image], cwd=self.directory, env=env, capture_output=True, text=True, check=False
        )

    def tags(self) -> set[str]:
        return set(self.git("tag", "--list").split())


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_a_release_pulls_its_image_by_digest(clone: Clone, tmp_path: Path) -> None:
    """Both tags name a commit on top of main whose action.yml differs in that one line; the branch stays as it is."""
    before = clone.git("rev-parse", "HEAD")
    done = clone.release("1.2.3")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["v1.2.3", "v1"]
    assert clone.git("rev-parse", "v1") == clone.git("rev-parse", "v1.2.3")
    assert clone.git("rev-parse", "v1.2.3^") == clone.git("rev-parse", "HEAD") == before
    assert clone.git("status", "--porcelain") == ""
    assert clone.git("diff", "--name-only", "HEAD", "v1.2.3") == "action.yml"
    diff = clone.git("diff", "--unified=0", "HEAD", "v1.2.3").splitlines()
    assert diff[-2:] == ["-  image: Dockerfile", f"+  image: docker://{IMAGE}"]
    released = tmp_path / "released.yml"
    released.write_text(clone.git("show", "v1.2.3:action.yml") + "\n")
    check_schema("vendor.github-actions", released)
    assert yaml.safe_load(released.read_text())["runs"]["image"] == f"docker://{IMAGE}"


def test_a_release_that_is_repeated_changes_nothing(clone: Clone) -> None:
    """A job that failed later can be run again."""
    clone.release("1.2.3")
    before = clone.git("show-ref", "--tags")
    done = clone.release("1.2.3")
    assert (done.returncode, done.stdout.split()) == (0, ["v1.2.3", "v1"])
    assert clone.git("show-ref", "--tags") == before


def test_a_published_version_is_never_changed(clone: Clone) -> None:
    """Another image under the same version is refused."""
    clone.release("1.2.3")
    before = clone.git("show-ref", "--tags")
    done = clone.release("1.2.3", OTHER_IMAGE)
    assert done.returncode == 1
    assert "never changed" in done.stderr
    assert clone.git("show-ref", "--tags") == before


def test_the_floating_tag_never_goes_back(clone: Clone) -> None:
    """A fix of an older version leaves v1 where it is; versions are compared as numbers; a new major has its own tag."""
    assert clone.release("1.9.0").returncode == 0
    clone.commit()
    assert clone.release("1.10.0", OTHER_IMAGE).stdout.split() == ["v1.10.0", "v1"]
    clone.commit()
    assert clone.release("1.9.1").stdout.split() == ["v1.9.1"]
    assert clone.git("rev-parse", "v1") == clone.git("rev-parse", "v1.10.0")
    clone.commit()
    assert clone.release("2.0.0").stdout.split() == ["v2.0.0", "v2"]
    assert clone.release("10.0.0").stdout.split() == ["v10.0.0", "v10"]
    assert clone.git("rev-parse", "v1") == clone.git("rev-parse", "v1.10.0")


@pytest.mark.parametrize("version", ["1.2", "v1.2.3", "1.2.3-rc1", "1.2.3 ", "01.2.3", "", "1.2.3\n", "$(true)"])
def test_what_is_no_version_is_refused(clone: Clone, version: str) -> None:
    """Nothing is tagged."""
    assert clone.release(version).returncode == 1
    assert clone.tags() == set()


@pytest.mark.parametrize(
    "image",
    [
        "",
        "ghcr.io/acme/probe-gate:1",
        DIGEST,
        IMAGE[:-1],
        f"{IMAGE}0",
        f"docker://{IMAGE}",
        f"{IMAGE}\n  x: y",
        f"a|b/c@{DIGEST}",
    ],
)
def test_what_is_no_image_with_a_digest_is_refused(clone: Clone, image: str) -> None:
    """A tag of the registry can be moved, a digest cannot. Nothing is tagged."""
    assert clone.release("1.2.3", image).returncode == 1
    assert clone.tags() == set()


def test_a_commit_of_a_release_is_not_released_again(clone: Clone) -> None:
    """An action.yml that names an image already is not rewritten blindly."""
    clone.release("1.2.3")
    clone.git("checkout", "--quiet", "v1.2.3")
    done = clone.release("1.2.4", OTHER_IMAGE)
    assert done.returncode == 1
    assert "v1.2.4" not in clone.tags()


def test_the_image_gets_the_names_that_no_newer_version_has(clone: Clone) -> None:
    """The image's tags follow the same rule as the floating tag of the action."""

    def names(version: str) -> list[str]:
        done = subprocess.run(
            [SCRIPT.with_name("release-names"), version],
            cwd=clone.directory,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()

    assert names("1.9.0") == ["1.9.0", "1.9", "1"]
    for tag in ("v1.9.0", "v1.10.0", "v1.10.0-rc1", "v1", "v12.0.0"):
        clone.git("tag", tag)
    assert names("1.9.0") == ["1.9.0", "1.9"]
    assert names("1.9.1") == ["1.9.1", "1.9"]
    assert names("1.10.1") == ["1.10.1", "1.10", "1"]
    assert names("2.0.0") == ["2.0.0", "2.0", "2"]


def test_the_workflow_calls_the_scripts() -> None:
    """What is tested here is what a release does."""
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text()
    assert 'scripts/release-tags "$VERSION" "$IMAGE"' in workflow
    assert 'scripts/release-names "$VERSION"' in workflow
    assert "sed -i" not in workflow
