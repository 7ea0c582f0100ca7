"""In which language a name is written, so that browsers choose its letters and screen readers its voice."""

from __future__ import annotations

import re

_WIDE = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uff66-\uff9f]+")
_KANA = re.compile("[\u3040-\u30ff\uff66-\uff9f]")
_HANGUL = re.compile("[\uac00-\ud7af]")
# Han letters alone are of several languages; where the share is listed tells which
_OF_LISTING = {
    "T": "ja", "SS": "zh-Hans", "SZ": "zh-Hans", "HK": "zh-Hant", "TW": "zh-Hant", "TWO": "zh-Hant",
    "KS": "ko", "KQ": "ko",
}  # fmt: skip


def language_of(text: str, ticker: str = "") -> str:
    """The language of a text in Japanese, Chinese or Korean letters; "" where it is not known.

    Examples
    --------
    >>> language_of("トヨタ自動車"), language_of("北方稀土", "600111.SS"), language_of("현대차"), language_of("Lynas")
    ('ja', 'zh-Hans', 'ko', '')
    """
    if not _WIDE.search(text):
        return ""
    if _KANA.search(text):
        return "ja"
    return "ko" if _HANGUL.search(text) else _OF_LISTING.get(ticker.rpartition(".")[2].upper(), "")


def tagged(escaped: str, ticker: str = "") -> str:
    """Escaped text with its Japanese, Chinese or Korean stretches marked as such, where the language is known.

    Examples
    --------
    >>> tagged("Toyota (トヨタ)", "7203.T")
    'Toyota (<span lang="ja">トヨタ</span>)'
    """
    language = language_of(escaped, ticker)
    return _WIDE.sub(rf'<span lang="{language}">\g<0></span>', escaped) if language else escaped
