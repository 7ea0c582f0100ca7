"""Array aliases, so that signatures say which numbers they carry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
DayArray = NDArray[np.datetime64]
# of a million observations a small number each is worth its bytes
SmallArray = NDArray[np.int32]
CodeArray = NDArray[np.int8]
