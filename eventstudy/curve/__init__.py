"""The specification curve: one group's mean move under every defensible choice, and a joint test of all of them."""

from eventstudy.curve.build import specification_curve
from eventstudy.curve.joint import JointStatistic, JointTest
from eventstudy.curve.result import SpecificationCurve

__all__ = ["JointStatistic", "JointTest", "SpecificationCurve", "specification_curve"]
