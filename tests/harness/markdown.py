"""Two renderers of Markdown that share no code: GitHub's own (cmark-gfm), and markdown-it."""

from __future__ import annotations

import cmarkgfm
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt

_MARKDOWN_IT = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def by_github(markdown: str) -> str:
    """Render as GitHub does before it processes mentions; raw HTML is kept."""
    return str(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))


def by_markdown_it(markdown: str) -> str:
    """Render with markdown-it; raw HTML is kept."""
    return str(_MARKDOWN_IT.render(markdown))
