"""The settings of a command as far as they can be read: for `doctor`, which reports what is wrong and goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from probe_gate.domain.addresses import web_page_of
from probe_gate.errors import ConfigError
from probe_gate.options import KEY_VARIABLES, OPTIONS
from probe_gate.settings.api_key import MissingKeyError, find_unset_names, read_key
from probe_gate.settings.files import ReadFile, read_small_file
from probe_gate.settings.page_options import apply_page_addresses, apply_pages_of_files
from probe_gate.settings.policies import RepositoryPath, read_policies
from probe_gate.settings.read import read_output_settings, read_settings
from probe_gate.settings.resolve import Sources
from probe_gate.settings.values import Connection, OutputSettings, Secret, Settings

KEY, ADDRESS, WORKSPACE, TARGET, POLICY, OPTION = "api-key", "platform", "workspace", "target", "policy", "options"
_PARTS = {
    "api-key-file": KEY,
    "api-url": ADDRESS,
    "platform-url": ADDRESS,
    "workspace-id": WORKSPACE,
    "target-id": TARGET,
    "target-url": TARGET,
    "policy": POLICY,
    "policy-floor": POLICY,
}


@dataclass(frozen=True, slots=True)
class PartialSettings:
    """What could be read of the settings, and what is wrong with the rest."""

    settings: Settings | None
    """None if anything is wrong."""
    problems: Mapping[str, tuple[str, ...]]
    """By the part that they are about."""
    hint: str
    """What else to know about the problems."""
    api_key: Secret | None
    key_source: str
    """The variable or option that the key comes from."""
    api_url: str | None
    """None if it is wrong or contradictory: then the key must not be sent anywhere."""
    platform_url: str | None
    workspace_id: int | None
    target_ids: tuple[int, ...]
    output: OutputSettings

    def connection(self) -> Connection | None:
        """Return how to reach the platform; its workspace is 0 if that is not known. None without address or key."""
        if self.api_key is None or self.api_url is None:
            return None
        platform_url = self.platform_url or web_page_of(self.api_url)
        return Connection(self.api_key, self.api_url, platform_url, self.workspace_id or 0)


def read_partial_settings(
    command: str,
    flags: Mapping[str, str | None],
    environ: Mapping[str, str],
    *,
    today: date,
    read_file: ReadFile = read_small_file,
    leaves_unset_names: bool = False,
    repository_path: RepositoryPath = str,
) -> PartialSettings:
    """Return what can be read of a command's settings. Never raises; the arguments are those of `read_settings`."""
    settings: Settings | None = None
    problems: tuple[str, ...] = ()
    hint = ""
    try:
        settings = read_settings(
            command, flags, environ, today=today, read_file=read_file, leaves_unset_names=leaves_unset_names,
            repository_path=repository_path,
        )  # fmt: skip
    except MissingKeyError as error:
        problems, hint = (error.problem,), error.hint
    except ConfigError as error:
        problems, hint = error.problems or (error.message,), error.hint
    sources = Sources(command, flags, environ)
    unset_names = find_unset_names(environ) if leaves_unset_names else ()
    api_key = read_key(sources, environ, read_file, unset_names=unset_names)
    file, base = read_policies(sources, read_file, today, repository_path=repository_path)
    before = len(sources.problems)
    apply_page_addresses(sources)
    apply_pages_of_files(sources, base, file)
    is_contradictory = len(sources.problems) > before or sources.is_wrong("api-url")
    targets = sources.given("target-id")
    ids = targets.value if targets is not None else ()
    if settings is not None:
        ids = tuple(plan.target.id for plan in settings.targets)
    return PartialSettings(
        settings=settings,
        problems=_group_problems(problems),
        hint=hint,
        api_key=api_key,
        key_source=_find_key_source(sources, environ, unset_names),
        api_url=None if is_contradictory else sources.value("api-url"),
        platform_url=sources.value("platform-url"),
        workspace_id=sources.value("workspace-id"),
        target_ids=ids,
        output=read_output_settings(command, flags, environ)[1],
    )


def _find_key_source(sources: Sources, environ: Mapping[str, str], unset_names: tuple[str, ...]) -> str:
    for name in KEY_VARIABLES:
        if name not in unset_names and environ.get(name, "").strip():
            return name
    given = sources.given("api-key-file")
    return str(given.origin) if given is not None else ""


def _group_problems(problems: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return the problems by their part. Each begins with the flag, the variable or the file that it is about."""
    parts: dict[str, str] = dict.fromkeys(KEY_VARIABLES, KEY)
    for option in OPTIONS:
        for name in (option.flag, *option.env):
            parts[name] = _PARTS.get(option.name, OPTION)
    found: dict[str, list[str]] = {}
    for problem in problems:
        source = problem.partition(":")[0].partition(" ")[0]
        is_unknown_variable = source not in parts and source.upper().startswith(("PROBE", "SPLX"))
        part = OPTION if is_unknown_variable else parts.get(source, POLICY)
        found.setdefault(part, []).append(problem)
    return {part: tuple(texts) for part, texts in found.items()}
