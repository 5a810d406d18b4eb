"""What all tests share.

``HYPOTHESIS_PROFILE=thorough pytest tests/property`` tries twenty times as many graphs, other ones each time.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("quick", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
