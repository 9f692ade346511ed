"""Two renderers of Markdown that share no code: GitHub's own (cmark-gfm), and markdown-it."""

from __future__ import annotations

import cmarkgfm
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt

MARKDOWN_TAGS = frozenset(
    [
        "h2",
        "h3",
        "p",
        "strong",
        "a",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "pre",
        "ul",
        "li",
        "em",
        "hr",
        "details",
        "summary",
        "sub",
        "blockquote",
        "br",
    ]
)
"""The elements that a summary or a comment may contain once it is rendered."""
_MARKDOWN_IT = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def by_github(markdown: str) -> str:
    """Render as GitHub does before it processes mentions; raw HTML is kept."""
    return str(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))


def by_markdown_it(markdown: str) -> str:
    """Render with markdown-it; raw HTML is kept."""
    return str(_MARKDOWN_IT.render(markdown))
