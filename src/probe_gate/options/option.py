"""The class of an option, and the groups of commands that options belong to."""

from __future__ import annotations

GATE = ("run", "demo", "doctor")
"""`doctor` reports what `run` would do with the same options."""
JUDGE = (*GATE, "check")
REPORT = ("run", "demo", "check", "merge")
RUNS = ("runs list", "runs cancel")
TARGETS = ("target show", "target update", "target apply", "target delete")
TYPES = ("target types", "target create")
NETWORK = ("run", "check", "doctor", *RUNS, *TARGETS, *TYPES, "init", "cleanup")
ALL = (
    "run",
    "demo",
    "check",
    "doctor",
    "merge",
    *RUNS,
    *TARGETS,
    *TYPES,
    "init",
    "verify",
    "sandbox",
    "policy",
    "cleanup",
)


class Option:
    """An option of the command line."""

    __slots__ = (
        "choices",
        "commands",
        "default",
        "env",
        "group",
        "help",
        "kind",
        "metavar",
        "name",
        "policy_key",
    )

    def __init__(
        self,
        name: str,
        kind: str,
        help: str,  # noqa: A002 - the word argparse uses
        *,
        group: str,
        commands: tuple[str, ...],
        env: tuple[str, ...] = (),
        default: str = "",
        metavar: str = "",
        choices: tuple[str, ...] = (),
        policy_key: bool = False,
    ) -> None:
        self.name = name
        """Without dashes; also the name of the input of the action and the component."""
        self.kind = kind
        self.help = help
        self.group = group
        self.commands = commands
        self.env = env or ("PROBE_GATE_" + name.upper().replace("-", "_"),)
        """The variables that set it; the first one that is not empty applies."""
        self.default = default
        """As a user would write it; empty if there is none."""
        self.metavar = metavar or kind.upper().replace("-", "_")
        self.choices = choices
        self.policy_key = policy_key
        """Whether a policy file can also set it."""

    @property
    def flag(self) -> str:
        return "--" + self.name

    @property
    def is_switch(self) -> bool:
        return self.kind == "switch"


def vendor_names(name: str) -> tuple[str, ...]:
    """Return the vendor's name of a variable and its older spelling, which is still in use."""
    return (f"SPLX_{name}", f"SPLXAI_{name}")
