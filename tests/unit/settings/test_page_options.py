"""The address of a page gives workspace, target and region; contradictions are refused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from probe_gate.domain.page_address import PageAddress, parse_page_address
from tests.unit.settings.helpers import ask, problems

NOTHING = {"SPLX_WORKSPACE_ID": "", "SPLX_TARGET_ID": ""}
PAGE = "https://probe.splx.ai/w/290/target/91"
US_PAGE = "https://us.probe.splx.ai/w/290/target/91"
EU_API, US_API = "https://api.probe.splx.ai", "https://us.api.probe.splx.ai"


@pytest.mark.parametrize(
    ("text", "site"),
    [
        (PAGE, "https://probe.splx.ai"),
        (f"{PAGE}/", "https://probe.splx.ai"),
        (f"{PAGE}/test-runs/7001/probe/3?tab=results", "https://probe.splx.ai"),
        (f"{PAGE}?tab=overview", "https://probe.splx.ai"),
        (f"{PAGE}#top", "https://probe.splx.ai"),
        ("probe.splx.ai/w/290/target/91", "https://probe.splx.ai"),
        ("HTTPS://Probe.SPLX.ai/w/290/target/91", "https://probe.splx.ai"),
        (US_PAGE, "https://us.probe.splx.ai"),
        ("https://probe.example.com:8443/app/w/290/target/91", "https://probe.example.com:8443/app"),
        ("http://127.0.0.1:8710/w/290/target/91", "http://127.0.0.1:8710"),
    ],
)
def test_an_address_is_read_as_it_is_copied_from_a_browser(text: str, site: str) -> None:
    """Whatever page of the target it is."""
    assert parse_page_address(text, "target-url") == PageAddress(site, 290, 91)


@pytest.mark.parametrize(
    "text",
    [
        "https://probe.splx.ai/w/290/targets",
        "https://probe.splx.ai/w/290",
        "https://probe.splx.ai/target/91",
        "https://probe.splx.ai/w/0/target/91",
        "https://probe.splx.ai/w/290/target/091",
        "https://probe.splx.ai/w/290/target/99999999999",
        "https://probe.splx.ai/w/290/target/91x",
        "https://user:password@probe.splx.ai/w/290/target/91",
        "http://probe.splx.ai/w/290/target/91",
        "/w/290/target/91",
        "91",
        "https://probe.splx.ai/?next=/w/290/target/91",
        "x" * 3000,
    ],
)
def test_what_is_not_the_address_of_a_target_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match=r"\w"):
        parse_page_address(text, "target-url")


def test_the_query_of_a_refused_address_is_not_repeated() -> None:
    """It may hold a token."""
    (problem,) = problems({"target-url": "https://probe.splx.ai/w/290?token=abc#def"}, NOTHING)
    assert problem.startswith("--target-url: https://probe.splx.ai/w/290 is not the address of a page")
    assert "abc" not in problem


@pytest.mark.parametrize("page", ["https://user:hush@probe.splx.ai/foo", "user:hush@probe.splx.ai/w/290/target/91"])
@pytest.mark.parametrize("option", ["target-url", "target-id", "test-run-id", "workspace-id"])
def test_the_login_in_an_address_is_not_repeated(option: str, page: str) -> None:
    """Whichever option it is given to."""
    with pytest.raises(ValueError, match=r"\w") as refused:
        parse_page_address(page, option)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(("page", "api_url"), [(PAGE, EU_API), (US_PAGE, US_API)])
@pytest.mark.parametrize("by_flag", [True, False])
def test_the_address_of_a_target_is_all_that_is_needed(page: str, api_url: str, *, by_flag: bool) -> None:
    """Workspace, target and region, by flag or variable."""
    flags, environ = ({"target-url": page}, {}) if by_flag else ({}, {"PROBE_GATE_TARGET_URL": page})
    settings = ask(flags, {**NOTHING, **environ})

    assert settings.connection is not None
    assert settings.connection.workspace_id == 290
    assert settings.connection.api_url == api_url
    assert settings.connection.platform_url == page.partition("/w/")[0]
    assert [plan.target.id for plan in settings.targets] == [91]


@pytest.mark.parametrize(
    ("flags", "environ"),
    [
        ({"target-id": US_PAGE}, {}),
        ({}, {"SPLX_TARGET_ID": US_PAGE}),
        ({"target-id": "91", "workspace-id": "https://us.probe.splx.ai/w/290"}, {}),
        ({"test-run-id": f"{US_PAGE}/test-runs/7001"}, {}),
        ({"target-id": US_PAGE, "workspace-id": US_PAGE, "target-url": US_PAGE}, {}),
        ({"target-url": US_PAGE, "api-url": "us", "workspace-id": "290", "target-id": "91"}, {}),
        ({"target-url": US_PAGE, "api-url": "https://api.us.probe.splx.ai"}, {}),
    ],
)
def test_an_id_may_be_given_as_the_address_of_its_page(flags: Mapping[str, str], environ: Mapping[str, str]) -> None:
    """What goes with the id comes along."""
    settings = ask(flags, {**NOTHING, **environ})

    assert settings.connection is not None
    assert (settings.connection.workspace_id, settings.named_target_ids) == (290, (91,))
    assert "us" in settings.connection.api_url
    assert settings.test_run_id == (7001 if "test-run-id" in flags else None)


def test_the_address_of_a_workspace_leaves_the_target_open() -> None:
    """Any page of the workspace will do for it."""
    settings = ask({"workspace-id": f"{PAGE}/settings", "target-id": "92"}, NOTHING)
    assert settings.connection is not None
    assert (settings.connection.workspace_id, settings.named_target_ids) == (290, (92,))


@pytest.mark.parametrize(
    ("flags", "environ", "problem"),
    [
        ({"target-url": PAGE, "workspace-id": "291"}, {},
         "--target-url: its workspace 290 differs from --workspace-id (291); give only one"),
        ({"target-url": PAGE}, {"SPLX_TARGET_ID": "92"},
         "--target-url: its target 91 differs from SPLX_TARGET_ID (92); give only one"),
        ({"target-id": "91,92"}, {"PROBE_GATE_TARGET_URL": PAGE},
         "PROBE_GATE_TARGET_URL: its target 91 differs from --target-id (91, 92); give only one"),
        ({"target-url": PAGE, "api-url": "us"}, {},
         "--target-url: its site https://probe.splx.ai does not belong to https://us.api.probe.splx.ai"),
        ({"target-url": PAGE, "api-url": "https://probe.example.com"}, {},
         "--target-url: its site https://probe.splx.ai does not belong to https://probe.example.com"),
        ({"target-url": PAGE, "platform-url": "https://us.probe.splx.ai"}, {},
         "--target-url: its site https://probe.splx.ai differs from the platform's pages at https://us.probe.splx.ai"),
        ({"target-url": "https://probe.example.com/w/290/target/91"}, {},
         "--target-url: https://probe.example.com belongs to no known region; give the address of its API with --api-url"),
        ({"target-id": PAGE, "target-url": US_PAGE}, {},
         "--target-id: its site https://probe.splx.ai differs from the platform's pages at https://us.probe.splx.ai"),
        ({"target-id": "https://probe.splx.ai/w/290/target/92", "target-url": PAGE}, {},
         "--target-url: its target 91 differs from --target-id (92); give only one"),
    ],
)  # fmt: skip
def test_contradictions_are_refused(flags: Mapping[str, str], environ: Mapping[str, str], problem: str) -> None:
    """Nobody could tell which of the two is gated."""
    assert problem in problems(flags, {**NOTHING, **environ})


def test_a_site_of_its_own_goes_with_the_address_of_its_api() -> None:
    """Links then lead to that site."""
    settings = ask(
        {"target-url": "https://probe.example.com/w/290/target/91", "api-url": "https://api.example.com"}, NOTHING
    )
    assert settings.connection is not None
    assert settings.connection.api_url == "https://api.example.com"
    assert settings.connection.platform_url == "https://probe.example.com"


def test_a_variable_never_narrows_the_targets_of_a_policy_file() -> None:
    """A flag picks some of them, like --target-id."""
    files = {".probe-gate.yml": "version: 1\ntargets: [{id: 91}, {id: 92}]\n"}
    (problem,) = problems({}, {**NOTHING, "PROBE_GATE_TARGET_URL": PAGE}, files)
    assert "differs from the targets of .probe-gate.yml" in problem
    settings = ask({"target-url": PAGE}, NOTHING, files)
    assert [plan.target.id for plan in settings.targets] == [91]


@pytest.mark.parametrize("command", ["runs cancel", "target delete"])
def test_a_clean_up_step_may_name_another_target_than_the_variable_of_its_job(command: str) -> None:
    """A temporary target is never the one in the variable."""
    settings = ask({"target-id": "900"}, {**NOTHING, "PROBE_GATE_TARGET_URL": PAGE}, command=command)
    assert settings.connection is not None
    assert (settings.connection.workspace_id, settings.named_target_ids) == (290, (900,))


def policy_with(*pages: str) -> dict[str, str]:
    targets = "".join(f"  - id: {page}\n" for page in pages)
    return {".probe-gate.yml": f"version: 1\ntargets:\n{targets}"}


@pytest.mark.parametrize(("site", "api_url"), [("https://probe.splx.ai", EU_API), ("https://us.probe.splx.ai", US_API)])
def test_addresses_in_a_policy_file_give_workspace_and_region_too(site: str, api_url: str) -> None:
    """Whatever page of the target they are of, and beside plain ids."""
    files = policy_with("93", f"{site}/w/290/target/91/test-runs?tab=all", f'"{site}/w/290/target/92"')
    settings = ask({}, NOTHING, files)
    assert [plan.target.id for plan in settings.targets] == [91, 92, 93]
    assert settings.connection is not None
    assert (settings.connection.workspace_id, settings.connection.api_url) == (290, api_url)


@pytest.mark.parametrize(
    ("pages", "environ", "problem"),
    [
        ([PAGE], {"SPLX_WORKSPACE_ID": "7"}, "its workspace 290 differs from SPLX_WORKSPACE_ID (7)"),
        ([PAGE], {"SPLX_WORKSPACE_ID": "290", "SPLX_API_URL": "us"}, f"does not belong to {US_API}"),
        ([US_PAGE, "https://probe.splx.ai/w/290/target/92"], {}, f"does not belong to {US_API}"),
        ([PAGE, "https://probe.splx.ai/w/7/target/92"], {}, "its workspace 7 differs from .probe-gate.yml:3"),
        (["https://probe.example.com/w/290/target/91"], {}, "belongs to no known region"),
    ],
)
def test_addresses_in_a_policy_file_must_not_contradict(
    pages: list[str], environ: dict[str, str], problem: str
) -> None:
    """A target of another region may have the same id."""
    found = problems({}, {**NOTHING, **environ}, policy_with(*pages))
    assert any(one.startswith(".probe-gate.yml:") and problem in one for one in found)


def test_links_never_follow_an_address_in_a_policy_file() -> None:
    """The change under test may have written it."""
    api = "https://api.probe.example.com"
    settings = ask({"api-url": api}, NOTHING, policy_with("https://elsewhere.example.com/w/290/target/91"))
    assert settings.connection is not None
    assert (settings.connection.api_url, settings.connection.platform_url) == (api, None)


@pytest.mark.parametrize("page", [US_PAGE, "https://elsewhere.example.com/w/290/target/91"])
def test_beside_a_base_policy_no_address_of_the_change_decides_where_the_key_is_sent(page: str) -> None:
    """The region is that of the base policy or the pipeline, and else the default."""
    files = {**policy_with(page), "base.yml": "version: 1\n"}
    (problem,) = problems({"policy-floor": "base.yml"}, {}, files)
    assert problem.startswith(".probe-gate.yml:3:9: its site ")
    assert problem.endswith(f"does not belong to {EU_API}")


def test_beside_a_base_policy_no_address_of_the_change_decides_on_the_workspace() -> None:
    """It is missing, although the change names one."""
    files = {**policy_with(PAGE), "base.yml": "version: 1\ntargets: [{id: 91}]\n"}
    (problem,) = problems({"policy-floor": "base.yml"}, NOTHING, files)
    assert problem.startswith("--workspace-id: required")


def test_a_waiver_may_name_its_target_by_address() -> None:
    """Of the same workspace as the rest."""
    waiver = "waivers: [{{check: overall-score, target: '{}', until: 2026-12-24, reason: X}}]\n"
    text = policy_with("91")[".probe-gate.yml"]
    settings = ask({}, {"SPLX_TARGET_ID": ""}, {".probe-gate.yml": text + waiver.format(PAGE)})
    assert [one.target for one in settings.targets[0].policy.waivers] == ["91"]
    (problem,) = problems(
        {}, {"SPLX_TARGET_ID": ""}, {".probe-gate.yml": text + waiver.format(PAGE.replace("290", "7"))}
    )
    assert "its workspace 7 differs from SPLX_WORKSPACE_ID (290)" in problem


def test_several_addresses_of_one_workspace_may_be_given() -> None:
    """As ids may."""
    other = "https://probe.splx.ai/w/290/target/12?tab=runs"
    settings = ask({"target-id": f"{PAGE}, {other}"}, NOTHING)
    assert [plan.target.id for plan in settings.targets] == [12, 91]
    assert settings.connection is not None
    assert settings.connection.workspace_id == 290


def test_the_option_for_one_address_names_that_for_several() -> None:
    """A query may contain an address."""
    (found,) = problems({"target-url": f"{PAGE},https://probe.splx.ai/w/290/target/12"}, NOTHING)
    assert found == "--target-url: it takes one address; for several targets of a workspace use --target-id 91,92"
    assert ask({"target-url": f"{PAGE}?from=https://example.com"}, NOTHING).named_target_ids == (91,)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{PAGE},{US_PAGE}", "not all in one workspace"),
        (f"{PAGE},https://probe.splx.ai/w/7/target/12", "not all in one workspace"),
        (f"{PAGE},{PAGE}", "91 is named twice"),
        (f"{PAGE}?a=1,2,{US_PAGE}", "2 is not the address of a page"),
        (f"{PAGE},92", "addresses and ids are mixed"),
        (f"92, {PAGE}", "addresses and ids are mixed"),
        (f"probe.splx.ai/w/290/target/91,{PAGE},92", "addresses and ids are mixed"),
    ],
)
def test_several_addresses_that_do_not_go_together_are_refused(text: str, problem: str) -> None:
    """Nothing is picked from them."""
    (found,) = problems({"target-id": text}, {"SPLX_TARGET_ID": ""})
    assert problem in found
