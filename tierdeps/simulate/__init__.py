"""Simulates many restarts on a virtual clock: what starts too early, how long a start takes, and what decides that."""

from tierdeps.simulate.scenario import Need as Need
from tierdeps.simulate.simulation import simulate as simulate
from tierdeps.simulate.timings import DEFAULT_TIMING as DEFAULT_TIMING
