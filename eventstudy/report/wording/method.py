"""Words of the closing parts: how it was computed, and what the words mean."""

from __future__ import annotations

TOPIC = "How it was computed"
GLOSSARY_TOPIC = "What the words mean"


def finding(model: str) -> str:
    return f"Each share is held against its {model}, each group against its own ordinary days"


def glossary_finding(count: str) -> str:
    return f"{count} words carry this report"
