"""The buckets that durations are counted in, from milliseconds to half an hour."""

from __future__ import annotations

from bisect import bisect_left
from functools import partial

EDGES_MS = (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 1_800_000)

bucket_of = partial(bisect_left, EDGES_MS)
"""Return the number of the bucket for a duration in ms, from 0; an upper edge belongs to its bucket."""
