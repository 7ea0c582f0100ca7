"""Which addresses a report may lead to."""

from __future__ import annotations

from urllib.parse import urlsplit


def safe_url(url: str) -> str:
    """The address if it is http(s) with a host, else nothing.

    Examples
    --------
    >>> safe_url("https://example.org/a?b=1"), safe_url("javascript:alert(1)"), safe_url("//example.org")
    ('https://example.org/a?b=1', '', '')
    """
    url = url.strip()
    if not url.isprintable() or any(letter.isspace() for letter in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme.lower() in {"http", "https"} and parts.netloc else ""
