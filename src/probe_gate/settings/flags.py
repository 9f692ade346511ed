"""From parsed arguments to the flags that were given."""

from __future__ import annotations

from probe_gate.options import options_of


def flags_from(arguments: object, command: str) -> dict[str, str]:
    """The command's flags that were given, by option name, from an `argparse.Namespace`.

    A switch that argparse made into True counts as the text `true`; a flag that is None, False or absent was
    not given.
    """
    given: dict[str, str] = {}
    for option in options_of(command):
        value = getattr(arguments, option.name.replace("-", "_"), None)
        if value is not None and value is not False:
            given[option.name] = "true" if value is True else str(value)
    return given
