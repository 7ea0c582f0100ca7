"""StudySpec to plan to results: the one place that calls every step."""

from eventstudy.study.catalogue_study import run_study
from eventstudy.study.own_returns import example_returns, study_returns

__all__ = ["example_returns", "run_study", "study_returns"]
