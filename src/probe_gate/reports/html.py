"""report.html: one file that loads nothing, runs no script, and can be read without its style."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from probe_gate import __version__
from probe_gate.domain.formatting import format_duration, format_number
from probe_gate.domain.text import plain_line
from probe_gate.domain.verdict import Verdict
from probe_gate.reports.context import DEFAULT_CONTEXT, ReportContext
from probe_gate.reports.html_view import view_page
from probe_gate.reports.markdown import safe_address
from probe_gate.reports.presentation import headline, sort_targets

TEMPLATES = Path(__file__).parent / "templates"
MAX_TARGETS = 200
"""With more, the worst are shown; report.json has them all."""
MAX_TEXT_LENGTH = 1000
_BLANK_LINES = re.compile(r"\n\s*\n")


def render_html(verdict: Verdict, _context: ReportContext = DEFAULT_CONTEXT) -> str:
    """Return the page as text; to be written as UTF-8."""
    page = view_page(verdict, sort_targets(verdict.targets), MAX_TARGETS)
    style = _style()
    text: str = (
        _environment()
        .get_template("report.html.j2")
        .render(
            page=page,
            headline=headline(verdict),
            version=__version__,
            style=style,
            style_digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        )
    )
    return _BLANK_LINES.sub("\n", text)


def compile_templates() -> None:
    """Compile all templates, for an installation that is read-only afterwards."""
    environment = _environment()
    for name in environment.list_templates(extensions=["j2"]):
        environment.get_template(name)


@cache
def _style() -> str:
    text = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    return Markup(_BLANK_LINES.sub("\n", text))  # noqa: S704 - our own file


class _BytecodeCache(FileSystemBytecodeCache):
    """Keeps compiled templates where Python keeps compiled modules: compiling them costs more than all reports."""

    def get_source_checksum(self, source: str) -> str:
        """Return a hash that also covers the options of the environment, which are compiled into a template."""
        return super().get_source_checksum(source + Path(__file__).read_text(encoding="utf-8"))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template, unless Python keeps no bytecode here either."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):  # the installation is read-only
                super().dump_bytecode(bucket)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        bytecode_cache=_BytecodeCache(str(Path(__file__).with_name("__pycache__"))),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["duration"] = format_duration
    environment.filters["percent"] = _percent
    environment.filters["address"] = safe_address
    return environment


def _harmless(value: object) -> object:
    """Untrusted text is made one bounded line before it is escaped; markup of the templates is left alone."""
    return plain_line(value, MAX_TEXT_LENGTH) if type(value) is str else value


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{format_number(value)} %"
