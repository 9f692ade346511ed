"""Reading the listing as it arrives."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.listing import IdSet, Listing, RunQuery
from probe_gate.probe_api.json_text import JsonError
from probe_gate.probe_api.listing import MOST_ARRIVED, MOST_MARKED, MOST_UNFINISHED, ListingReader
from probe_gate.probe_api.wire import NonsenseError
from tests.unit.probe_api.listings import ENTRIES, encode, read_in_pieces, read_plainly, runs

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


def told(listing: Listing) -> dict[str, Any]:
    """All that a listing tells, to be compared."""
    fields = ("whole", "run", "marked", "arrived", "unfinished", "newest", "undated", "unreadable", "count", "digest")
    return {name: getattr(listing, name) for name in fields}


def outcome_of(pieces: list[bytes], query: RunQuery, batch_bytes: int) -> dict[str, Any] | str:
    try:
        listing = read_in_pieces(pieces, query, batch_bytes)
    except (JsonError, NonsenseError):
        return "refused"
    return told(listing) | {"notes": listing.notes, "known": [number in listing.ids for number in range(14)]}


@given(ENTRIES, STYLES, QUERIES, st.data())
def test_where_an_answer_is_cut_makes_no_difference(
    entries: list[Any], style: tuple[int | None, tuple[str, str], bool], query: RunQuery, data: st.DataObject
) -> None:
    """Neither into two pieces, at any place, nor into many, nor whether many entries are read at once or one by one."""
    body = encode(entries, style[0], style[1], is_ascii=style[2])
    whole = outcome_of([body], query, 256 * 1024)
    cut = data.draw(st.integers(0, len(body)))
    size = data.draw(st.integers(1, 60))
    batch_bytes = data.draw(st.sampled_from([4, 64, 300]))
    assert outcome_of([body[:cut], body[cut:]], query, 4) == whole
    assert outcome_of([body[at : at + size] for at in range(0, len(body), size)], query, batch_bytes) == whole


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
        whole = outcome_of([body], query, 256 * 1024)
        assert isinstance(whole, dict)
        assert whole["unreadable"] == 2
        for cut in range(len(body) + 1):
            assert outcome_of([body[:cut], body[cut:]], query, 4) == whole


@given(st.lists(runs(st.integers(1, 12)), max_size=12, unique_by=lambda run: run["id"]), STYLES, QUERIES)
def test_the_quick_way_finds_what_the_plain_way_finds(
    entries: list[Any], style: tuple[int | None, tuple[str, str], bool], query: RunQuery
) -> None:
    """Reading all of it at once with all strictness tells the same, save where it refuses a run asked for."""
    body = encode(entries, style[0], style[1], is_ascii=style[2])
    try:
        quick = read_in_pieces([body], query)
    except NonsenseError:
        return
    assert told(quick) == told(read_plainly(body, query))


@given(st.binary(max_size=60) | st.text("[]{},:\"\\ 1truefalsn'", max_size=40).map(str.encode))
def test_no_bytes_whatever_crash_the_reader(body: bytes) -> None:
    """They are a listing, or refused."""
    outcome_of([body], RunQuery(run_id=1), 4)


@pytest.mark.parametrize(
    ("body", "is_cut", "is_page"),
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
def test_what_is_no_listing_is_refused(body: bytes, is_cut: bool, is_page: bool) -> None:
    """A beginning of one, a web page, and what is neither are told apart: they need different action."""
    with pytest.raises(JsonError) as caught:
        read_in_pieces([body], RunQuery())
    assert (caught.value.is_cut, caught.value.is_page) == (is_cut, is_page)


def test_an_empty_listing_is_one() -> None:
    """A target that never ran."""
    for body in (b"[]", b" [ \n] ", b"\xef\xbb\xbf[]"):
        listing = read_in_pieces([body], RunQuery(run_id=1))
        assert (listing.whole, listing.count, listing.run) == (True, 0, None)


@pytest.mark.parametrize(
    "entry",
    [
        b'{"id": 7, "status": "COMPLETED", "status": "RUNNING"}',
        b'{"id": 7, "passedCount": 1e999}',
        b'{"id": 7, "passedCount": "1"}',
        b'{"id": 7, "passedCount": true}',
        b'{"id": 7, "progress": NaN}',
        b'{"id": 7, "probes": "all"}',
        b'{"id": 7, "name": ' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"id": 7, "deep": ' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"id": 7, "name": "\xff"}',
        b'{"id": "7"}',
        b'{"id": 8, "id": 7}',
        b'{"id": 99, "name": "pg-1", "passedCount": "1"}',
        b'{"name": "pg-1"}',
        b"pg-1",
    ],
)
def test_nonsense_in_a_run_that_is_looked_for_is_refused(entry: bytes) -> None:
    """By its id or by its mark: such an entry must neither be judged nor taken for absent. In others it is counted."""
    body = b'[{"id": 1}, ' + entry + b', {"id": 2}]'
    with pytest.raises(NonsenseError):
        read_in_pieces([body], RunQuery(run_id=7, name_prefix="pg-1"))
    assert read_in_pieces([body], RunQuery(run_id=2)).count == 3


def test_a_lone_half_of_a_surrogate_pair_spoils_nothing() -> None:
    """The run is read, with the replacement character in its name."""
    listing = read_in_pieces([json.dumps([{**RUN, "name": "a\ud800b"}]).encode()], RunQuery(run_id=7))
    assert listing.run is not None
    assert listing.run.name == "a\N{REPLACEMENT CHARACTER}b"
    assert listing.unreadable == 0


def test_a_run_that_stands_twice_is_said_and_must_not_contradict_itself() -> None:
    """A run that is both running and completed is neither."""
    same = read_in_pieces([json.dumps([RUN, {"id": 8}, RUN]).encode()], RunQuery(run_id=7))
    assert "names 1 run(s) more than once: 7" in same.notes[0]
    with pytest.raises(NonsenseError, match="twice"):
        read_in_pieces([json.dumps([RUN, {**RUN, "status": "RUNNING"}]).encode()], RunQuery(run_id=7))
    other = read_in_pieces([json.dumps([RUN, {**RUN, "status": "RUNNING"}]).encode()], RunQuery(run_id=8))
    assert [run.id for run in other.unfinished] == [7]


def test_what_was_odd_is_said() -> None:
    """Entries that are no runs, and dates without a zone."""
    body = json.dumps([{**RUN, "executionDate": "2026-01-01T00:00:00"}, None]).encode()
    notes = " ".join(read_in_pieces([body], RunQuery()).notes)
    assert "1 of the 2 entries of the listing could not be read as a run (the first: it is not an object)" in notes
    assert "read as UTC" in notes


def test_what_is_kept_is_bounded_and_has_the_highest_ids() -> None:
    """However long the listing is and in whichever order it comes."""
    entries = [{"id": number, "name": "pg-1", "status": "whatever"} for number in range(1, 3001)]
    for body in (json.dumps(entries).encode(), json.dumps(entries[::-1]).encode()):
        listing = read_in_pieces([body], RunQuery(name_prefix="pg-1", known_ids=IdSet(), newest=5), 1000)
        for kept, most in (
            (listing.marked, MOST_MARKED),
            (listing.arrived, MOST_ARRIVED),
            (listing.unfinished, MOST_UNFINISHED),
        ):
            assert [run.id for run in kept] == list(range(3001 - most, 3001))
        assert [run.id for run in listing.undated] == [3000, 2999, 2998, 2997, 2996]
        assert len(listing.ids) == listing.count == 3000


def test_reading_may_stop_when_the_run_is_found() -> None:
    """Only when the query allows it; what was read so far is told, and that it was not all."""
    entries = [{**RUN, "id": number} for number in range(1, 2000)]
    body = json.dumps(entries).encode()
    reader = ListingReader(RunQuery(run_id=3, may_stop_early=True), str, 1000)
    assert not reader.feed(body[:5000])
    listing = reader.stop()
    assert listing.run is not None
    assert not listing.whole
    assert 3 <= listing.count < 100
    assert ListingReader(RunQuery(run_id=3), str, 1000).feed(body[:5000])
    assert ListingReader(RunQuery(run_id=1999, may_stop_early=True), str, 1000).feed(body[:5000])


@pytest.mark.parametrize("step", [100_000, 65_536, 1_500_001])
def test_an_entry_that_is_too_large_is_passed_over(step: int) -> None:
    """A run of more than a mebibyte is none; the others are read, and it is never kept in memory."""
    tricky = 'x"]}\\,{[\n' * 100_000
    entries = [{"id": 1}, {"id": 2, "name": tricky, "more": [{"id": 3, "text": tricky}]}, RUN]
    body = json.dumps(entries).encode()
    pieces = [body[at : at + step] for at in range(0, len(body), step)]
    listing = read_in_pieces(pieces, RunQuery(run_id=7), 65_536)
    assert (listing.count, listing.unreadable) == (3, 1)
    assert listing.run is not None
    at_the_end = json.dumps(entries[:2]).encode()
    assert read_in_pieces([at_the_end[:step], at_the_end[step:]], RunQuery()).count == 2
    with pytest.raises(NonsenseError):
        read_in_pieces(pieces, RunQuery(run_id=2))
    with pytest.raises(JsonError) as caught:
        read_in_pieces([body[:2_000_000]], RunQuery())
    assert caught.value.is_cut


def test_blanks_without_end_are_not_gathered() -> None:
    """Before the list, before its entries and behind it; none is lost for them."""
    blanks = [b" \n" * 100_000] * 40
    pieces = [*blanks, b"[", *blanks, b'{"id": 7},', *blanks, b'{"id": 8}]', *blanks]
    tracemalloc.start()
    listing = read_in_pieces(pieces, RunQuery(run_id=7), 65_536)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (listing.count, listing.unreadable) == (2, 0)
    assert most < 4 * 2**20


def test_a_name_of_a_million_letters_is_cut() -> None:
    """As long as its entry is within bounds."""
    body = json.dumps([{**RUN, "name": "pg-1" + "x" * 1_000_000}]).encode()
    listing = read_in_pieces([body], RunQuery(name_prefix="pg-1"))
    assert len(listing.marked[0].name or "") == 500
