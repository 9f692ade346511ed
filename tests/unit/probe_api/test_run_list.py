"""Reading the listing as it arrives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.run_list import IdSet, RunList, RunQuery
from probe_gate.probe_api.run_list import MAX_NEW, MAX_TAGGED, MAX_UNFINISHED, read_run_list
from probe_gate.probe_api.schemas import SchemaError
from probe_gate.probe_api.strict_json import JsonError
from tests.unit.probe_api.run_lists import ENTRIES, encode, read, read_plainly, runs

RUN = {"id": 7, "name": "pg-1", "status": "COMPLETED", "executionDate": "2026-01-01T00:00:00Z"}
STYLES = st.tuples(
    st.none() | st.integers(0, 2), st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]), st.booleans()
)
QUERIES = st.builds(
    RunQuery,
    run_id=st.none() | st.integers(1, 12),
    name_prefix=st.none() | st.just("pg-1"),
    known_ids=st.none() | st.lists(st.integers(1, 12)).map(IdSet),
    newest=st.integers(0, 4),
)


def contents_of(listing: RunList) -> dict[str, Any]:
    """All that a run list holds, to be compared."""
    fields = ("complete", "run", "tagged", "new", "unfinished", "newest", "undated", "unreadable", "count", "digest")
    return {name: getattr(listing, name) for name in fields}


def outcome_of(pieces: list[bytes], query: RunQuery) -> dict[str, Any] | str:
    try:
        listing = read(pieces, query)
    except (JsonError, SchemaError):
        return "refused"
    return contents_of(listing) | {"notes": listing.notes, "known": [number in listing.ids for number in range(14)]}


@given(ENTRIES, STYLES, QUERIES, st.data())
def test_where_an_answer_is_truncated_makes_no_difference(
    entries: list[Any], style: tuple[int | None, tuple[str, str], bool], query: RunQuery, data: st.DataObject
) -> None:
    """Neither into two pieces, at any place, nor into many."""
    body = encode(entries, style[0], style[1], is_ascii=style[2])
    expected = outcome_of([body], query)
    cut = data.draw(st.integers(0, len(body)))
    size = data.draw(st.integers(1, 60))
    assert outcome_of([body[:cut], body[cut:]], query) == expected
    assert outcome_of([body[at : at + size] for at in range(0, len(body), size)], query) == expected


def test_every_single_cut_of_one_listing_reads_alike() -> None:
    """The same at every boundary of a listing that has everything in it that could confuse."""
    entries = [
        RUN,
        {"id": 8, "name": '},{"id":9', "status": None, "details": [{"id": 1}, {"id": 2}]},
        {"id": 9, "name": "\ud800 ü 😀", "status": "running", "totalCount": 5.0},
        {"id": 10, "totalCount": "many"},
        5,
        {**RUN, "id": 11, "name": "pg-1 \\", "executionDate": "2026-01-03T00:00:00"},
    ]
    query = RunQuery(run_id=11, name_prefix="pg-1", known_ids=IdSet([7, 8]))
    for is_ascii in (True, False):
        body = encode(entries, None, (",", ":"), is_ascii=is_ascii)
        expected = outcome_of([body], query)
        assert isinstance(expected, dict)
        assert expected["unreadable"] == 2
        for cut in range(len(body) + 1):
            assert outcome_of([body[:cut], body[cut:]], query) == expected


@given(st.lists(runs(st.integers(1, 12)), max_size=12, unique_by=lambda run: run["id"]), STYLES, QUERIES)
def test_checking_few_runs_finds_what_checking_all_of_them_finds(
    entries: list[Any], style: tuple[int | None, tuple[str, str], bool], query: RunQuery
) -> None:
    """Save where a run that is asked for is refused, and for what is wrong with runs that are not kept."""
    body = encode(entries, style[0], style[1], is_ascii=style[2])
    try:
        quick = read([body], query)
    except SchemaError:
        return
    plain = contents_of(read_plainly(body, query))
    assert quick.unreadable <= plain.pop("unreadable")
    assert {name: value for name, value in contents_of(quick).items() if name in plain} == plain


@given(st.binary(max_size=60) | st.text("[]{},:\"\\ 1truefalsn'", max_size=40).map(str.encode))
def test_no_bytes_whatever_crash_the_reader(body: bytes) -> None:
    """They are a listing, or refused."""
    outcome_of([body], RunQuery(run_id=1))


@pytest.mark.parametrize(
    ("body", "is_truncated", "is_page"),
    [
        (b"", True, False),
        (b"  ", True, False),
        (b"[", True, False),
        (b'[{"id": 1}', True, False),
        (b'[{"id": 1},', True, False),
        (b'[{"id": 1}, {"id"', True, False),
        (b'[{"id": 1, "name": "x', True, False),
        (b"<html></html>", False, True),
        ("[]".encode("utf-16"), False, True),
        ("[]".encode("utf-16-le"), False, True),
        (b"{}", False, False),
        (b"null", False, False),
        (b"[] []", False, False),
        (b'[{"id": 1},]', False, False),
        (b'[{"id": 1}}]', False, False),
        (b'[{"id": 1]}', False, False),
    ],
)
def test_what_is_no_listing_is_refused(body: bytes, is_truncated: bool, is_page: bool) -> None:
    """A beginning of one, a web page, and what is neither are told apart: they need different action."""
    with pytest.raises(JsonError) as caught:
        read([body], RunQuery())
    assert (caught.value.is_truncated, caught.value.is_page) == (is_truncated, is_page)


def test_an_empty_listing_is_one() -> None:
    """A target that never ran."""
    for body in (b"[]", b" [ \n] ", b"\xef\xbb\xbf[]"):
        listing = read([body], RunQuery(run_id=1))
        assert (listing.complete, listing.count, listing.run) == (True, 0, None)


@pytest.mark.parametrize(
    "entry",
    [
        b'{"id": 7, "passedCount": "1"}',
        b'{"id": 7, "passedCount": true}',
        b'{"id": 7, "passedCount": 123456789012345678901234567890}',
        b'{"id": 7, "probes": "all"}',
        b'{"id": 7, "name": ' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"id": "7"}',
        b'{"id": 99, "name": "pg-1", "passedCount": "1"}',
        b'{"id": 99, "name": ["pg-1"], "status": "COMPLETED"}',
        b'{"name": "pg-1"}',
        b'"pg-1"',
    ],
)
def test_an_invalid_run_that_is_looked_for_is_refused(entry: bytes) -> None:
    """By its id or by its run tag: it must neither be judged nor be taken for absent. Other ones are counted."""
    body = b'[{"id": 1}, ' + entry + b', {"id": 2}]'
    with pytest.raises(SchemaError):
        read([body], RunQuery(run_id=7, name_prefix="pg-1"))
    listing = read([body], RunQuery(run_id=2))
    assert (listing.count, listing.unreadable) == (3, 1)


@pytest.mark.parametrize(
    "entry",
    [
        b'{"id": 7, "status": "COMPLETED", "status": "RUNNING"}',
        b'{"id": 8, "id": 7}',
        b'{"id": 7, "passedCount": 1e999}',
        b'{"id": 7, "progress": NaN}',
        b'{"id": 7, "name": "\xff"}',
        b"pg-1",
        b'{"id": 7, "name": "' + b"x" * 2_000_000 + b'"}',
    ],
)
def test_bytes_that_are_not_json_make_the_whole_list_invalid(entry: bytes) -> None:
    """No entry is passed over, whichever run is looked for."""
    with pytest.raises(JsonError):
        read([b'[{"id": 1}, ', entry, b', {"id": 2}]'], RunQuery(run_id=2))


def test_an_old_run_is_not_checked_field_by_field() -> None:
    """Only what is kept of a long list is, the newest runs among it."""
    entries = [{**RUN, "id": number, "executionDate": f"2026-01-{number:02}T00:00:00Z"} for number in range(1, 10)]
    for invalid, unreadable, newest in ((1, 0, [9, 8]), (9, 1, [8])):
        for ordered in (entries, entries[::-1]):
            body = json.dumps([{**run, "totalCount": "many"} if run["id"] == invalid else run for run in ordered])
            listing = read([body.encode()], RunQuery(newest=2))
            assert (listing.unreadable, [run.id for run in listing.newest]) == (unreadable, newest)
            assert invalid in listing.ids


@pytest.mark.parametrize("levels", [500, 800, 900, 950, 2_000, 100_000])
@pytest.mark.parametrize("field", ["id", "executionDate", "probes", "unknown"])
def test_a_deeply_nested_entry_is_invalid(field: str, levels: int) -> None:
    """It exhausts nothing, whichever function would have to go through it."""
    deep = b"[" * levels + b"]" * levels
    body = b'[{"id": 7, "' + field.encode() + b'": ' + deep + b', "name": "pg-1", "totalCount": "7"}]'
    with pytest.raises((JsonError, SchemaError)):
        read([body], RunQuery(run_id=7, name_prefix="pg-1"))


def test_a_lone_half_of_a_surrogate_pair_spoils_nothing() -> None:
    """The run is read, with the replacement character in its name."""
    listing = read([json.dumps([{**RUN, "name": "a\ud800b"}]).encode()], RunQuery(run_id=7))
    assert listing.run is not None
    assert listing.run.name == "a\N{REPLACEMENT CHARACTER}b"
    assert listing.unreadable == 0


def test_a_run_that_is_listed_twice_is_noted_and_must_not_contradict_itself() -> None:
    """A run that is both running and completed is neither."""
    same = read([json.dumps([RUN, {"id": 8}, RUN]).encode()], RunQuery(run_id=7))
    assert "names 1 run(s) more than once: 7" in same.notes[0]
    with pytest.raises(SchemaError, match="twice"):
        read([json.dumps([RUN, {**RUN, "status": "RUNNING"}]).encode()], RunQuery(run_id=7))
    other = read([json.dumps([RUN, {**RUN, "status": "RUNNING"}]).encode()], RunQuery(run_id=8))
    assert [run.id for run in other.unfinished] == [7]


def test_what_is_unusual_is_noted() -> None:
    """Entries that are no runs, and dates without a zone."""
    body = json.dumps([{**RUN, "executionDate": "2026-01-01T00:00:00"}, None]).encode()
    notes = " ".join(read([body], RunQuery()).notes)
    assert "1 of the 2 entries of the listing could not be read as a run (the first: it is not an object)" in notes
    assert "read as UTC" in notes


def test_what_is_kept_is_bounded_and_has_the_highest_ids() -> None:
    """However long the listing is and in whichever order it comes."""
    entries = [{"id": number, "name": "pg-1", "status": "whatever"} for number in range(1, 3001)]
    for body in (json.dumps(entries).encode(), json.dumps(entries[::-1]).encode()):
        listing = read([body], RunQuery(name_prefix="pg-1", known_ids=IdSet(), newest=5))
        for kept, most in (
            (listing.tagged, MAX_TAGGED),
            (listing.new, MAX_NEW),
            (listing.unfinished, MAX_UNFINISHED),
        ):
            assert [run.id for run in kept] == list(range(3001 - most, 3001))
        assert [run.id for run in listing.undated] == [3000, 2999, 2998, 2997, 2996]
        assert len(listing.ids) == listing.count == 3000


def test_reading_may_stop_when_the_run_is_found() -> None:
    """Only when the query allows it; what was read so far is told, and that it was not all."""
    entries = [{**RUN, "id": number} for number in range(1, 2000)]
    body = json.dumps(entries).encode()

    def chunks() -> Iterator[bytes]:
        yield body[:5000]
        raise AssertionError("more was asked for")

    listing = read_run_list(chunks(), RunQuery(run_id=3, may_stop_early=True), str)
    assert listing.run is not None
    assert not listing.complete
    assert 3 <= listing.count < 100
    for query in (RunQuery(run_id=3), RunQuery(run_id=1999, may_stop_early=True)):
        with pytest.raises(AssertionError, match="more was asked for"):
            read_run_list(chunks(), query, str)


def test_a_name_of_a_million_letters_is_truncated() -> None:
    """As long as its entry is within bounds."""
    body = json.dumps([{**RUN, "name": "pg-1" + "x" * 1_000_000}]).encode()
    listing = read([body], RunQuery(name_prefix="pg-1"))
    assert len(listing.tagged[0].name or "") == 500
