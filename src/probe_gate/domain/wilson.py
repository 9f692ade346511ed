"""The Wilson score interval: what a rate measured on a sample says of the true rate.

E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
Journal of the American Statistical Association 22 (1927), 209-212.
"""

from __future__ import annotations

from decimal import Decimal
from math import sqrt


def wilson_interval(successes: int, sample: int, confidence_percent: Decimal | float) -> tuple[float, float]:
    """The lower and upper end, each 0 to 1, of the two-sided interval. The sample must be at least 1."""
    # statistics takes as long to import as the rest of the domain, and few policies ask for it
    from statistics import NormalDist

    z = NormalDist().inv_cdf(0.5 + float(confidence_percent) / 200)
    rate = successes / sample
    square = z * z / sample
    centre = rate + square / 2
    spread = z * sqrt((rate * (1 - rate) + square / 4) / sample)
    lower = 0.0 if successes == 0 else (centre - spread) / (1 + square)
    upper = 1.0 if successes == sample else (centre + spread) / (1 + square)
    return max(lower, 0.0), min(upper, 1.0)
