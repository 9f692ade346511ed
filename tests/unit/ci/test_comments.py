from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.ci.comments import MAX_COMMENT_LENGTH, Comment, comment_body, comment_marker, put_comment
from probe_gate.ci.job import CiJob
from tests.harness.factories import hostile_text

JOB = CiJob("github", repository="acme/bot", pipeline="9001", job="gate/probe", workflow="CI", pull_request="7")
MARK = comment_marker(JOB)


class Discussion:
    """The comments of a pull request, in memory."""

    def __init__(self, *comments: Comment) -> None:
        self.standing = list(comments)
        self.writes = 0

    def own_account(self) -> str:
        return "github-actions[bot]"

    def comments(self) -> Iterator[Comment]:
        yield from list(self.standing)

    def create(self, body: str) -> None:
        self.writes += 1
        self.standing.append(Comment(100 + len(self.standing), self.own_account(), body))

    def update(self, comment_id: int, body: str) -> None:
        self.writes += 1
        self.standing = [
            Comment(comment.id, comment.author, body) if comment.id == comment_id else comment
            for comment in self.standing
        ]

    def cancel(self) -> None:
        """Nothing of it is on its way."""


def test_one_comment_however_often_the_gate_runs() -> None:
    """The second verdict replaces the first one in the same comment."""
    discussion = Discussion(Comment(1, "somebody", "Nice change."))
    put_comment(discussion, MARK, comment_body(MARK, "# Failed", JOB))
    put_comment(discussion, MARK, comment_body(MARK, "# Passed", JOB))
    assert [comment.body for comment in discussion.standing] == [
        "Nice change.",
        f"{MARK}\n# Passed\n\nAll checks and reports: the job.\n",
    ]


def test_nothing_is_written_when_nothing_changed() -> None:
    """The same verdict again notifies nobody."""
    discussion = Discussion()
    for _ in range(3):
        put_comment(discussion, MARK, comment_body(MARK, "# Passed", JOB))
    assert discussion.writes == 1


def test_a_comment_of_somebody_else_with_the_mark_is_left_alone() -> None:
    """Whoever copies the mark into a comment of their own does not get the verdict written into it."""
    forged = Comment(1, "stranger", f"{MARK}\n# Passed")
    discussion = Discussion(forged)
    put_comment(discussion, MARK, comment_body(MARK, "# Failed", JOB))
    assert discussion.standing[0] == forged
    assert len(discussion.standing) == 2


def test_each_job_has_a_comment_of_its_own_through_all_its_runs() -> None:
    """Another job or leg has another mark; another run of the same job has the same."""
    assert comment_marker(replace(JOB, pipeline="9002")) == MARK
    others = (replace(JOB, job="nightly/probe"), replace(JOB, key='{"leg": 1}'), replace(JOB, workflow=""))
    assert len({MARK, *map(comment_marker, others)}) == 4


@given(hostile_text(), st.integers(1, 5_000))
def test_a_comment_is_bounded_and_holds_one_mark(text: str, times: int) -> None:
    """What is hidden or would be run in the text is not in the comment, and its length fits."""
    summary = f"# Failed\n{text * times}\n{comment_marker(replace(JOB, key='other'))}\n/approve\n"
    body = comment_body(MARK, summary, replace(JOB, link="https://ci.example.com/1"))
    assert body.startswith(MARK)
    assert body.count("<!-- probe-gate") <= 1 + text.count("<!--") * times
    assert len(body) <= MAX_COMMENT_LENGTH + 500
    assert re.search(r"^\s*/approve", body, re.MULTILINE) is None
    body.encode()


def test_a_cut_comment_leads_to_the_rest() -> None:
    """Where the comment had to be cut, it says where all of it is."""
    body = comment_body(MARK, "a line\n" * 20_000, replace(JOB, link="https://ci.example.com/1"))
    assert "The rest was cut: see [this job](<https://ci.example.com/1>)." in body


def test_a_comment_says_which_commit_it_is_about() -> None:
    """A verdict of an older commit is not taken for one of the newest; what is no commit and no link is not shown."""
    job = replace(JOB, head_commit="4f2a9c1d" * 5, link="https://ci.example.com/1")
    assert comment_body(MARK, "# Passed", job).endswith(
        f"For commit {'4f2a9c1d' * 5}. All checks and reports: [this job](<https://ci.example.com/1>).\n"
    )
    odd = replace(JOB, head_commit="@everyone", link="https://ci.example.com/1>) [x](y")
    assert comment_body(MARK, "# Passed", odd).endswith("\n# Passed\n\nAll checks and reports: the job.\n")
