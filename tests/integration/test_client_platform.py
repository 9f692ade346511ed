"""The platform's operations against servers that answer what a platform, or what stands before it, may answer."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from probe_gate.domain.run_list import RunQuery
from probe_gate.domain.scores import Scores
from probe_gate.errors import AuthError, ConfigError, PlatformError
from probe_gate.http.errors import Kind
from probe_gate.http.retry import MAX_PAUSE_SECONDS, PATIENCE_SECONDS, USUAL_PATIENCE_SECONDS
from probe_gate.http.session import HttpSession
from probe_gate.probe_api.api import ProbeApi
from probe_gate.probe_api.calls import Calls
from probe_gate.use_cases.ports import NoScoresError, NotStartedError, RunRequest, UnconfirmedRequestError, Workers
from tests.harness.abandoning import AbandoningWorkers
from tests.harness.resource_limits import allow_descriptors
from tests.harness.servers import (
    Peer,
    Play,
    RawServer,
    answer,
    answers,
    answers_in_turn,
    drips_headers,
    interim,
    resets,
    sends,
    stays_silent,
)
from tests.harness.virtual_time import VirtualTime

Result = TypeVar("Result")
KEY = "key-that-must-not-show"
FORBIDDEN_PAGE = "<!DOCTYPE html>\n<html><head><TITLE>\n Blocked &amp; logged </TITLE></head><body>no</body></html>"
PAGE = answer("<html><body>Down for maintenance</body></html>", headers={"Content-Type": "text/html"})
SHORT_PATIENCE = PATIENCE_SECONDS[Kind.NOT_JSON]
LOST = b""
"""A reset in the place of an answer."""
SCORES = {
    "overallScore": 84,
    "scores": {"Security": 91.5, "Safety": None},
    "simulatedAttacks": 200,
    "successfulAttacks": 17,
    "latestExecutionDate": "2026-03-01T10:00:00.1234567Z",
}
RUN = {"id": 7, "name": "pg-1", "probes": [], "startedBy": None, "status": "RUNNING"}
REQUEST = RunRequest(42, "pg-1 main", (1, 2))


def error_body(message: str, code: str | None = None, **more: object) -> str:
    return json.dumps({"error": {"message": message, **({"code": code} if code else {}), **more}})


class Client:
    """The client of one raw server, on virtual time: waiting between tries takes none."""

    def __init__(self, url: str, workers: Workers | None = None, **options: Any) -> None:
        self.time = VirtualTime()
        self.told: list[str] = []
        session = HttpSession(url, {"X-Api-Key": KEY}, monotonic=self.time.monotonic, **options)
        self.api = ProbeApi(
            Calls(session, workers or self.time, self.time, lambda error, _: self.told.append(str(error))), 5
        )

    def run(self, operation: Callable[[ProbeApi], Coroutine[Any, Any, Result]]) -> Result:
        return self.time.finish(operation(self.api))


def fetch(api: ProbeApi) -> Coroutine[Any, Any, Scores]:
    return api.fetch_scores(42, 600.0)


def trigger(api: ProbeApi) -> Coroutine[Any, Any, int]:
    return api.trigger_run(REQUEST, 600.0)


def outcome_of(play: Play, operation: Callable[[ProbeApi], Coroutine[Any, Any, Any]], **options: Any) -> Exception:
    with RawServer(play) as server, pytest.raises(Exception) as caught:  # noqa: PT011 - each test says which
        Client(server.url, **options).run(operation)
    assert KEY not in str(caught.value)
    return caught.value


def test_scores_are_read() -> None:
    """Categories keep their own names, unknown ones stay unknown, and .NET's seven digits are a date."""
    with RawServer(answers(json.dumps({**SCORES, "new": [1]}))) as server:
        scores = Client(server.url).run(fetch)
    assert scores == Scores(
        84, {"Security": 91.5, "Safety": None}, 200, 17, datetime(2026, 3, 1, 10, 0, 0, 123456, UTC)
    )
    assert server.requests[0].startswith(b"GET /api/workspaces/5/target/42/scores HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "first",
    [
        LOST,
        answer(json.dumps(SCORES)[:30]),
        answer("", "408 Request Timeout"),
        answer("", "425 Too Early"),
        answer("", "429 Too Many Requests", {"Retry-After": "7"}),
        answer(error_body("oops"), "500 Internal Server Error"),
        answer("<html>", "502 Bad Gateway"),
        answer("", "503 Service Unavailable", {"Retry-After": "nonsense"}),
        PAGE,
    ],
)
def test_a_read_is_asked_again_after_what_may_pass(first: bytes) -> None:
    """Lost connections, cut answers, 408, 425, 429 and 5xx are no reason to fail a build."""
    with RawServer(answers_in_turn(first, first, answer(json.dumps(SCORES)))) as server:
        client = Client(server.url)
        assert client.run(fetch).overall == 84
    assert len(server.requests) == 3
    assert len(client.told) == 2
    assert client.time.monotonic() < 40


def test_retry_after_is_kept_to() -> None:
    """In seconds or as a moment by the server's own clock, which may be another than ours."""
    moment = {"Retry-After": "Mon, 02 Mar 2020 12:01:00 GMT", "Date": "Mon, 02 Mar 2020 12:00:00 GMT"}
    for headers in ({"Retry-After": "60"}, moment):
        wait = answer("", "503 Service Unavailable", headers)
        with RawServer(answers_in_turn(wait, answer(json.dumps(SCORES)))) as server:
            client = Client(server.url)
            client.run(fetch)
        assert 60 <= client.time.monotonic() <= 80


def test_retry_after_is_bounded_by_the_time_left() -> None:
    """An hour's wait is cut to what is left, and the last try may still succeed."""
    wait = answer("", "429 Too Many Requests", {"Retry-After": "3600"})
    with RawServer(answers_in_turn(wait, answer(json.dumps(SCORES)))) as server:
        client = Client(server.url)
        assert client.run(fetch).overall == 84
        assert 590 < client.time.monotonic() < 600


def test_an_outage_is_survived_until_the_deadline() -> None:
    """A platform that has answered before is asked until the time is over; the last word says how often."""
    with RawServer(answers_in_turn(answer(json.dumps(SCORES)), LOST)) as server:
        client = Client(server.url)
        client.run(fetch)
        with pytest.raises(PlatformError, match=r"Tried \d+ times over") as caught:
            client.run(fetch)
    assert 590 < client.time.monotonic() <= 600
    assert 15 < len(server.requests) < 60
    assert "getScores" in caught.value.message


@pytest.mark.parametrize(("play", "patience"), [(resets, USUAL_PATIENCE_SECONDS), (sends(PAGE), SHORT_PATIENCE)])
def test_a_platform_that_never_answered_is_given_up_sooner(play: Play, patience: float) -> None:
    """Most likely the address is wrong; nobody wants to wait for the gate's whole time to learn that."""
    with RawServer(play) as server:
        client = Client(server.url)
        with pytest.raises(PlatformError):
            client.run(fetch)
    assert client.time.monotonic() <= patience + MAX_PAUSE_SECONDS
    assert len(server.requests) > 1


def test_attempts_bound_a_reading() -> None:
    """The reading before the trigger must not hold the gate up."""
    with RawServer(answers("", "503 Service Unavailable")) as server:
        with pytest.raises(PlatformError):
            Client(server.url).run(lambda api: api.fetch_scores(42, 600.0, attempts=2))
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        ("401 Unauthorized", AuthError, "expired"),
        ("403 Forbidden", AuthError, "workspace"),
        ("404 Not Found", ConfigError, "ids"),
        ("400 Bad Request", ConfigError, "rate limit"),
        ("422 Unprocessable Content", ConfigError, "rate limit"),
    ],
)
@pytest.mark.parametrize("operation", [trigger])
def test_a_refusal_is_final_and_says_what_to_check(
    status: str, kind: type[Exception], words: str, operation: Callable[[ProbeApi], Coroutine[Any, Any, Any]]
) -> None:
    """With the platform's own words, once."""
    body = error_body("The rate limit is wrong", "NOT_VALID", validationErrors={"settings.rateLimit": ["1 to 3000"]})
    with RawServer(answers(body, status)) as server, pytest.raises(kind) as caught:
        Client(server.url).run(operation)
    text = str(caught.value)
    assert len(server.requests) == 1
    assert words in text
    assert "The rate limit is wrong (NOT_VALID)" in text
    assert "settings.rateLimit: 1 to 3000" in text
    if isinstance(caught.value, ConfigError):
        assert caught.value.problems == ("settings.rateLimit: 1 to 3000",)


def get_runs(api: ProbeApi, target_id: int = 42) -> Coroutine[Any, Any, Any]:
    return api.list_runs(target_id, RunQuery(run_id=7), 600.0)


QUESTIONS: dict[str, tuple[Callable[[ProbeApi], Coroutine[Any, Any, Any]], str]] = {
    "listing": (get_runs, json.dumps([RUN])),
    "scores": (fetch, json.dumps(SCORES)),
    "target": (
        lambda api: api.get_target(42, 600.0),
        json.dumps({"id": 42, "scanId": 1, "connection": {"type": "OPENAI", "config": {}}, "settings": {}}),
    ),
    "target types": (lambda api: api.list_target_types(600.0), "[]"),
}
LATE_REFUSALS = [
    "400 Bad Request", "401 Unauthorized", "402 Payment Required", "403 Forbidden", "404 Not Found",
    "405 Method Not Allowed", "409 Conflict", "410 Gone", "418 Teapot", "422 Unprocessable Content",
]  # fmt: skip
NO_SCORES = ("400", "404", "409", "410", "422")
"""For a target's scores these may mean that there are none yet."""
LATE = [
    (name, status)
    for name in QUESTIONS
    for status in LATE_REFUSALS
    if not (name == "scores" and status.startswith(NO_SCORES))
]


@pytest.mark.parametrize(("name", "status"), LATE)
def test_a_refusal_after_a_good_answer_is_asked_about_again(name: str, status: str) -> None:
    """It may be a gateway's, which sends any status while it is set up anew."""
    question, body = QUESTIONS[name]
    good, bad = answer(body), answer(error_body("no"), status)
    with RawServer(answers_in_turn(good, bad, bad, bad, good)) as server:
        client = Client(server.url)
        assert type(client.run(question)) is type(client.run(question))
    assert len(server.requests) == 5
    assert 20 <= client.time.monotonic() <= 22
    assert len(client.told) == 3


@pytest.mark.parametrize(("name", "status"), LATE)
def test_a_refusal_that_stays_is_told_as_what_it_is(name: str, status: str) -> None:
    """By then a run may have been started: it is no wrong setting, and the workspace was right all the time."""
    question, body = QUESTIONS[name]
    with RawServer(answers_in_turn(answer(body), answer(error_body("no"), status))) as server:
        client = Client(server.url)
        client.run(question)
        with pytest.raises((PlatformError, AuthError)) as caught:
            client.run(question)
    assert isinstance(caught.value, AuthError) is status.startswith(("401", "403"))
    assert len(server.requests) == 5
    assert "Tried 4 times over" in caught.value.message
    assert "has answered this request before" in caught.value.hint
    assert "workspace id" not in str(caught.value)


@pytest.mark.parametrize("none_yet", [answer(error_body("no"), "404 Not Found"), answer("{}"), answer("")])
def test_having_no_scores_yet_is_an_answer(none_yet: bytes) -> None:
    """A refusal that follows it may be a gateway's, and is asked about again."""
    forbidden = answer(error_body("no"), "403 Forbidden")
    with RawServer(answers_in_turn(none_yet, forbidden, forbidden, answer(json.dumps(SCORES)))) as server:
        client = Client(server.url)
        with pytest.raises(NoScoresError):
            client.run(fetch)
        assert client.run(fetch).overall == 84
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("status", "kind"), [("404 Not Found", ConfigError), ("409 Conflict", PlatformError), ("200 OK", PlatformError)]
)
def test_a_page_in_place_of_scores_does_not_mean_that_there_are_none(status: str, kind: type[Exception]) -> None:
    """Something between this machine and the platform answered."""
    error = outcome_of(answers(FORBIDDEN_PAGE, status), fetch)
    assert isinstance(error, kind)
    assert not isinstance(error, NoScoresError)
    with RawServer(answers_in_turn(answer("[]"), answer(FORBIDDEN_PAGE, status), answer(json.dumps(SCORES)))) as server:
        client = Client(server.url)
        client.run(get_runs)
        assert client.run(fetch).overall == 84
    assert len(server.requests) == 3


def test_a_question_about_another_target_is_another_question() -> None:
    """That the one target is there says nothing of the other."""
    wire = (answer("[]"), answer(error_body("no"), "404 Not Found"))
    with RawServer(answers_in_turn(*wire)) as server:
        client = Client(server.url)
        client.run(get_runs)
        with pytest.raises(ConfigError):
            client.run(lambda api: get_runs(api, 43))
    assert len(server.requests) == 2


def test_what_was_changed_may_be_refused_from_then_on() -> None:
    """A run that was cancelled, and a target that was deleted, are not asked about for 20 s."""
    target, gone = answer(QUESTIONS["target"][1]), answer(error_body("no"), "404 Not Found")
    with RawServer(answers_in_turn(target, answer("{}"), gone)) as server:
        client = Client(server.url)
        client.run(QUESTIONS["target"][0])
        client.run(lambda api: api.delete_target(42, 600.0))
        with pytest.raises(ConfigError):
            client.run(QUESTIONS["target"][0])
    with RawServer(answers_in_turn(answer(""), gone)) as server:
        client = Client(server.url)
        client.run(lambda api: api.cancel_run(7, 600.0))
        with pytest.raises(ConfigError):
            client.run(lambda api: api.cancel_run(7, 600.0))
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", AuthError),
        ("403 Forbidden", AuthError),
        ("404 Not Found", ConfigError),
        ("405 Method Not Allowed", PlatformError),
    ],
)
@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/json", "text/plain"])
def test_a_page_in_place_of_a_refusal_is_not_the_platforms(
    status: str, kind: type[Exception], content_type: str
) -> None:
    """Neither the key nor the workspace is wrong; the page's title often names who answered."""
    with RawServer(answers(FORBIDDEN_PAGE, status, {"Content-Type": content_type})) as server:
        with pytest.raises(kind) as caught:
            Client(server.url).run(get_runs)
        assert len(server.requests) == 1
    text = str(caught.value)
    assert "something between this machine and the platform" in text
    assert f"answered {status[:3]} " in text
    assert '"Blocked & logged"' in text
    assert "--api-url" in text
    assert "workspace id" not in text
    assert "SPLX_API_KEY" not in text


def test_the_title_of_a_page_is_foreign_text() -> None:
    """It is scrubbed, kept short and on one line."""
    page = f"<html><title>{KEY}\n::error::x\x1b[31m{'y' * 300}</title>"
    error = outcome_of(answers(page, "403 Forbidden"), get_runs)
    assert "\n" not in str(error)
    assert "\x1b" not in str(error)
    assert "y" * 100 not in str(error)


def test_a_page_after_a_good_answer_is_an_outage() -> None:
    """Whatever its status: a firewall's 403 is no more the platform's answer than a gateway's 502."""
    page = answer(FORBIDDEN_PAGE, "403 Forbidden")
    with RawServer(answers_in_turn(answer("[]"), *[page] * 8, answer(json.dumps(SCORES)))) as server:
        client = Client(server.url)
        client.run(get_runs)
        assert client.run(fetch).overall == 84
    assert len(server.requests) == 10
    with RawServer(answers_in_turn(answer("[]"), page)) as server:
        client = Client(server.url)
        client.run(get_runs)
        with pytest.raises(PlatformError, match="something between this machine and the platform"):
            client.run(get_runs)
    assert 590 < client.time.monotonic() <= 600


def test_a_page_in_answer_to_a_trigger_leaves_it_in_doubt() -> None:
    """Who knows what whoever sent it has done with the request."""
    with RawServer(answers_in_turn(answer("[]"), answer(FORBIDDEN_PAGE, "403 Forbidden"))) as server:
        client = Client(server.url)
        client.run(get_runs)
        with pytest.raises(UnconfirmedRequestError, match="something between") as caught:
            client.run(trigger)
    assert caught.value.may_retry
    assert len(server.requests) == 2


@pytest.mark.parametrize("operation", [lambda api: api.cancel_run(7, 600.0), lambda api: api.delete_target(42, 600.0)])
@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "403 Forbidden"])
def test_a_page_does_not_say_that_something_was_cancelled_or_deleted(
    operation: Callable[[ProbeApi], Coroutine[Any, Any, None]], status: str
) -> None:
    """A gateway's page of success is none, and its 404 does not say that the target is gone."""
    page = answer(FORBIDDEN_PAGE, status)
    with RawServer(answers_in_turn(answer("[]"), page, page, answer(""))) as server:
        client = Client(server.url)
        client.run(get_runs)
        client.run(operation)
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({**SCORES, "overallScore": 880}, "overallScore is 880, which is too large"),
        ({**SCORES, "overallScore": "84"}, "overallScore is not an integer"),
        ({**SCORES, "overallScore": True}, "overallScore is not an integer"),
        ({**SCORES, "overallScore": 79.6}, "overallScore is not an integer"),
        ({**SCORES, "scores": {"Safety": 101}}, "scores.Safety is 101, which is too large"),
        ({**SCORES, "scores": {"Safety": -1}}, "scores.Safety is -1, which is too small"),
        ({**SCORES, "scores": {"Safety": 1, "SAFETY": 99}}, "the same category twice"),
        ({**SCORES, "scores": {"Safety": 1, "Safety ": 99}}, "the same category twice"),
        ({**SCORES, "scores": []}, "scores is not an object"),
        ({**SCORES, "scores": {str(n): 1 for n in range(201)}}, "scores has too many entries"),
        ({**SCORES, "simulatedAttacks": 2**31}, "simulatedAttacks is 2147483648, which is too large"),
        ({**SCORES, "successfulAttacks": -1}, "successfulAttacks is -1, which is too small"),
        ({**SCORES, "latestExecutionDate": "yesterday"}, "latestExecutionDate is not a date"),
        ({**SCORES, "latestExecutionDate": 5}, "latestExecutionDate"),
        ({"scores": None}, "overallScore is missing"),
        ([SCORES], "it is not an object"),
    ],
)
def test_nonsense_is_refused_by_the_name_of_its_field(body: object, words: str) -> None:
    """A score of 880 passes no build."""
    error = outcome_of(answers(json.dumps(body)), fetch)
    assert isinstance(error, PlatformError)
    assert words in str(error)
    assert "getScores" in str(error)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"overallScore": NaN}', "NaN where a number belongs"),
        (b'{"overallScore": 84, "overallScore": 20}', "names the same field twice"),
        (b'{"overallScore": 1e999}', "out of range"),
        (b'{"overallScore": ' + b"9" * 5000 + b"}", "out of range"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "nested too deep"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"overallScore": 84, "x": "\xe9"}', "not in UTF-8"),
        (b'{"overallScore": 84} trailing', "is not JSON"),
    ],
)
def test_json_that_could_be_read_two_ways_is_refused(body: bytes, words: str) -> None:
    """No crash and no guess."""
    error = outcome_of(answers(body), fetch)
    assert isinstance(error, PlatformError)
    assert words in str(error)


def test_scores_of_nothing_are_unknown() -> None:
    """Null is not nonsense, and .NET's first moment of the year 1 is no date."""
    body = dict.fromkeys(SCORES) | {"latestExecutionDate": "0001-01-01T00:00:00"}
    with RawServer(answers(b"\xef\xbb\xbf" + json.dumps(body).encode())) as server:
        assert Client(server.url).run(fetch) == Scores(None, None, None, None, None)


def test_a_trigger_sends_what_the_contract_asks_for_and_reads_the_id() -> None:
    """All five fields, the two booleans included."""
    with RawServer(answers('{"testRunId": 77}')) as server:
        assert Client(server.url).run(trigger) == 77
        assert Client(server.url).run(lambda api: api.trigger_run(RunRequest(1, "n", None, True, True), 60.0)) == 77
    first, second = (json.loads(request.partition(b"\r\n\r\n")[2]) for request in server.requests)
    assert server.requests[0].startswith(b"POST /api/workspaces/5/test-run/trigger HTTP/1.1\r\n")
    assert first == {
        "targetId": 42,
        "probeIds": [1, 2],
        "name": "pg-1 main",
        "notifyWhenFinished": False,
        "runAiAnalysis": False,
    }
    assert second == {"targetId": 1, "probeIds": None, "name": "n", "notifyWhenFinished": True, "runAiAnalysis": True}


def test_the_answer_to_a_trigger_is_read_behind_interim_ones() -> None:
    """And the next question, on the same connection, gets its own."""
    ahead = interim("102 Processing") + interim()
    wire = (ahead + answer('{"testRunId": 77}'), ahead + answer(json.dumps(SCORES)))
    with RawServer(answers_in_turn(*wire)) as server:
        client = Client(server.url)
        assert client.run(trigger) == 77
        assert client.run(fetch).overall == 84
    assert (len(server.requests), server.connections) == (2, 1)


ENDLESS = "dripping headers"
IN_DOUBT: dict[str, Play] = {
    "silent": stays_silent,
    ENDLESS: drips_headers,
    "reset": resets,
    "closed without a word": sends(b""),
    "cut off": sends(answer('{"testRunId"', length=100)),
    "500": answers("", "500 Internal Server Error"),
    "502 page": answers("<html>", "502 Bad Gateway"),
    "503": answers("", "503 Service Unavailable", {"Retry-After": "1"}),
    "408": answers("", "408 Request Timeout"),
    "page": answers("<html>", headers={"Content-Type": "text/html"}),
    "redirect": answers("", "302 Found", {"Location": "https://login.example.com/"}),
    "no id": answers("{}"),
    "null id": answers('{"testRunId": null}'),
    "error body with 200": answers(error_body("no credits")),
    "id 0": answers('{"testRunId": 0}'),
    "id as text": answers('{"testRunId": "77"}'),
    "id true": answers('{"testRunId": true}'),
    "id too large": answers('{"testRunId": 2147483648}'),
    "two ids": answers('{"testRunId": 77, "testRunId": 78}'),
    "204": sends(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "list": answers("[77]"),
    "not HTTP": sends(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "interim answer and no more": sends(interim("102 Processing")),
    "switched protocols": sends(interim("101 Switching Protocols")),
}


@pytest.mark.parametrize("name", IN_DOUBT)
def test_a_trigger_whose_answer_says_nothing_is_in_doubt(name: str) -> None:
    """It is sent once, whatever comes back: a run may have been started, and billed."""
    with RawServer(IN_DOUBT[name]) as server:
        # nobody waits for an answer that never stops coming
        workers = AbandoningWorkers(lambda: server.requests) if name == ENDLESS else None
        client = Client(server.url, workers, read_timeout_seconds=0.3)
        with pytest.raises(UnconfirmedRequestError) as caught:
            client.run(trigger)
    assert len(server.requests) == 1
    assert caught.value.may_retry
    assert "triggerTestRun" in caught.value.message


@pytest.mark.parametrize("status", ["402 Payment Required", "405 Method Not Allowed", "409 Conflict", "410 Gone"])
def test_a_refusal_of_unknown_meaning_is_in_doubt_and_would_be_repeated(status: str) -> None:
    """The contract does not name these, so that they prove nothing; but sending the same again is of no use."""
    error = outcome_of(answers(error_body("No credits left"), status), trigger)
    assert isinstance(error, UnconfirmedRequestError)
    assert not error.may_retry
    assert "No credits left" in str(error)


def test_a_trigger_that_never_arrived_is_proven_not_to_have_started() -> None:
    """Refused connection and failed TLS: it may be sent again at once."""
    with RawServer(resets) as server:
        url = server.url
    with pytest.raises(NotStartedError):
        Client(url).run(trigger)
    with RawServer(lambda peer: peer.send(answer("{}"))) as plain, pytest.raises(NotStartedError):
        Client(plain.url.replace("http:", "https:")).run(trigger)


def test_too_many_requests_started_nothing_and_say_when_to_come_back() -> None:
    """429 is a refusal before the work."""
    error = outcome_of(answers("", "429 Too Many Requests", {"Retry-After": "12"}), trigger)
    assert isinstance(error, NotStartedError)
    assert error.retry_after_seconds == 12


def test_cancelling_is_repeated_until_it_is_taken() -> None:
    """An outage must not leave a run going."""
    with RawServer(answers_in_turn(LOST, answer("", "503 Service Unavailable"), answer(""))) as server:
        Client(server.url).run(lambda api: api.cancel_run(7, 60.0))
    assert len(server.requests) == 3
    assert server.requests[2].startswith(b"POST /api/workspaces/5/test-run/7/cancel HTTP/1.1\r\n")


def list_runs(query: RunQuery) -> Callable[[ProbeApi], Coroutine[Any, Any, Any]]:
    return lambda api: api.list_runs(42, query, 600.0)


def test_a_listing_is_read_however_it_is_cut() -> None:
    """Chunks of the transfer have nothing to do with the runs."""
    body = json.dumps([RUN, {**RUN, "id": 8, "status": "COMPLETED"}]).encode()
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[i : i + 7] for i in range(0, len(body), 7)))
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    with RawServer(sends(data)) as server:
        listing = Client(server.url).run(list_runs(RunQuery(run_id=7)))
    assert listing.complete
    assert listing.run is not None
    assert (listing.run.id, listing.count, [run.id for run in listing.unfinished]) == (7, 2, [7])
    assert server.requests[0].startswith(b"GET /api/workspaces/5/target/42/test-runs HTTP/1.1\r\n")


def test_a_listing_that_was_cut_off_is_asked_again() -> None:
    """Half a listing proves no absence, in whichever way it was cut."""
    body = json.dumps([RUN] * 3)
    cut = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body[:-20].encode()

    def cut_once(peer: Peer) -> None:
        is_first = not peer.server.requests
        peer.read_request()
        peer.send(cut if is_first else answer(body))

    with RawServer(cut_once) as server:
        assert Client(server.url).run(list_runs(RunQuery())).count == 3
    assert len(server.requests) == 2


@pytest.mark.parametrize("body", ['{"items": []}', '{"error": {"message": "x"}}', "null", "5", '"x"'])
def test_a_listing_that_is_no_list_is_refused(body: str) -> None:
    """An object is not an empty list."""
    error = outcome_of(answers(body), list_runs(RunQuery()))
    assert isinstance(error, PlatformError)
    assert "is not a list" in str(error)
    assert "listTestRuns" in str(error)


def test_nonsense_in_the_run_that_is_asked_for_is_refused() -> None:
    """In any other run it is counted only."""
    body = json.dumps([{**RUN, "totalCount": "many"}, {**RUN, "id": 8}])
    with RawServer(answers(body)) as server:
        other = Client(server.url).run(list_runs(RunQuery(run_id=8)))
    assert (other.unreadable, other.count) == (1, 2)
    error = outcome_of(answers(body), list_runs(RunQuery(run_id=7)))
    assert isinstance(error, PlatformError)
    assert "totalCount is not an integer" in str(error)


def test_a_listing_that_has_not_changed_is_not_sent_again() -> None:
    """Where the server offers an ETag; for the same question only."""
    first = answer(json.dumps([RUN]), headers={"ETag": '"v1"'})
    unchanged = b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n'
    with RawServer(answers_in_turn(first, unchanged, first)) as server:
        client = Client(server.url)
        query = RunQuery(run_id=7)
        one = client.run(list_runs(query))
        two = client.run(list_runs(RunQuery(run_id=7)))
        client.run(list_runs(RunQuery(run_id=8)))
    assert one == two
    assert [b"If-None-Match" in request for request in server.requests] == [False, True, False]


def test_a_304_that_was_not_asked_for_is_no_listing() -> None:
    """There is nothing it could stand for."""
    error = outcome_of(sends(b"HTTP/1.1 304 Not Modified\r\n\r\n"), list_runs(RunQuery()))
    assert isinstance(error, PlatformError)


def test_reading_stops_once_the_run_is_found_and_the_next_poll_works() -> None:
    """A poll costs what it takes to find the run."""
    runs = json.dumps([RUN, *({**RUN, "id": number} for number in range(8, 20_000))])
    with RawServer(answers(runs)) as server:
        client = Client(server.url)
        query = RunQuery(run_id=7, may_stop_early=True)
        for _ in range(3):
            listing = client.run(list_runs(query))
            assert listing.run is not None
            assert not listing.complete
            assert listing.count < 10_000
        assert client.run(list_runs(RunQuery(run_id=7))).complete


def test_the_key_is_taken_out_of_whatever_echoes_it() -> None:
    """Error messages, names of runs, categories and targets."""
    for status in ("400 Bad Request", "401 Unauthorized", "500 Internal Server Error"):
        error = outcome_of(answers(error_body(f"bad key {KEY}", KEY, validationErrors={KEY: [KEY]}), status), trigger)
        assert KEY not in repr(vars(error))
    with RawServer(answers(json.dumps([{**RUN, "name": f"x {KEY}", "startedBy": KEY}]))) as server:
        listing = Client(server.url).run(list_runs(RunQuery(run_id=7)))
    assert KEY not in repr(listing)
    with RawServer(answers(json.dumps({**SCORES, "scores": {KEY: 3}}))) as server:
        assert KEY not in repr(Client(server.url).run(fetch))
    target = {"id": 42, "scanId": 1, "connection": {"type": "X", "config": {"a": [KEY]}}, "settings": {"name": KEY}}
    with RawServer(answers(json.dumps(target))) as server:
        assert KEY not in repr(Client(server.url).run(lambda api: api.get_target(42, 60.0)))


TARGET = {"id": 42, "scanId": 1, "connection": {"type": "OPENAI", "config": {}}, "settings": {"name": "two\nlines"}}


@pytest.mark.parametrize(
    ("operation", "line", "sent"),
    [
        (lambda api: api.get_target(42, 60.0), b"GET /api/v2/workspaces/5/target/42 ", None),
        (lambda api: api.create_target({"a": 1}, 60.0), b"POST /api/v2/workspaces/5/target ", {"a": 1}),
        (lambda api: api.update_target(42, {"a": 1}, 60.0), b"PATCH /api/v2/workspaces/5/target/42 ", {"a": 1}),
        (lambda api: api.delete_target(42, 60.0), b"DELETE /api/workspaces/5/target/42 ", None),
    ],
)
def test_targets_are_read_and_changed_as_the_contract_says(
    operation: Callable[[ProbeApi], Coroutine[Any, Any, Mapping[str, Any] | None]],
    line: bytes,
    sent: Mapping[str, Any] | None,
) -> None:
    """Paths and methods; texts of a target come as they are, since they are compared with a file."""
    with RawServer(answers(json.dumps(TARGET))) as server:
        target = Client(server.url).run(operation)
    assert server.requests[0].startswith(line)
    body = server.requests[0].partition(b"\r\n\r\n")[2]
    assert (json.loads(body) if body else None) == sent
    assert target in (None, TARGET)


def test_making_a_target_is_as_careful_as_a_trigger() -> None:
    """An answer that was lost must not leave a target behind unknown."""

    def make(api: ProbeApi) -> Coroutine[Any, Any, Mapping[str, Any]]:
        return api.create_target({}, 60.0)

    with RawServer(resets) as server:
        client = Client(server.url)
        with pytest.raises(UnconfirmedRequestError):
            client.run(make)
        assert len(server.requests) == 1
    with pytest.raises(NotStartedError):
        client.run(make)


def test_deleting_what_an_earlier_try_has_deleted_is_success() -> None:
    """The answer to the first try was lost; the second finds nothing."""
    with RawServer(answers_in_turn(LOST, answer(error_body("not found"), "404 Not Found"))) as server:
        Client(server.url).run(lambda api: api.delete_target(42, 60.0))
    with RawServer(answers(error_body("not found"), "404 Not Found")) as server, pytest.raises(ConfigError):
        Client(server.url).run(lambda api: api.delete_target(42, 60.0))


def test_target_types_are_read() -> None:
    """With their probes; a risk level that is new is let through."""
    kind = {"id": "u", "label": "Bot", "details": [{"probeId": 3, "isRecommended": True, "weight": "EXTREME"}], "x": 1}
    with RawServer(answers(json.dumps([kind]))) as server:
        types = Client(server.url).run(lambda api: api.list_target_types(60.0))
    del kind["x"]
    assert types == [kind]
    assert server.requests[0].startswith(b"GET /api/target/types HTTP/1.1\r\n")


def test_a_machine_whose_limits_allow_no_request_is_a_wrong_setting() -> None:
    """It is no outage of the platform, which could be softened."""
    client = Client("http://127.0.0.1:1")
    with allow_descriptors(0), pytest.raises(ConfigError, match="limit on open files") as caught:
        client.run(get_runs)
    assert "ulimit -n" in caught.value.hint
    assert client.time.monotonic() <= SHORT_PATIENCE + MAX_PAUSE_SECONDS


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (OSError(errno.EMFILE, "Too many open files"), UnconfirmedRequestError, "limit on open files"),
        (RuntimeError("can't start new thread"), UnconfirmedRequestError, "No more threads"),
        (MemoryError(), UnconfirmedRequestError, "out of memory"),
        (RuntimeError("a bug"), RuntimeError, "a bug"),
    ],
)
def test_a_limit_that_is_reached_while_an_answer_is_read_is_no_bug(
    error: Exception, kind: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python loads some of its modules when they are first needed, which takes a descriptor."""

    def fail(_body: bytes) -> object:
        raise error

    monkeypatch.setattr("probe_gate.probe_api.api.parse_json", fail)
    with RawServer(answers('{"testRunId": 7}')) as server, pytest.raises(kind, match=words):
        Client(server.url).run(trigger)
    assert len(server.requests) == 1


def test_a_limit_that_is_reached_later_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was started may still be going, and a descriptor may become free."""
    with RawServer(answers("[]")) as server:
        client = Client(server.url)
        client.run(get_runs)
        client.api._calls.session.close()
        with allow_descriptors(0):
            with pytest.raises(PlatformError, match=r"limit on open files.* Tried \d+ times"):
                client.run(get_runs)
            with pytest.raises(NotStartedError, match="limit on open files"):
                client.run(trigger)
    assert len(server.requests) == 1
