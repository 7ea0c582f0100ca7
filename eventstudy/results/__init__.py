"""What a study found: frozen, with tidy tables out."""

from eventstudy.results.study_results import StudyResults

__all__ = ["StudyResults"]
