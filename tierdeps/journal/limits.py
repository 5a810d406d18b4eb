"""The types of the journal's numbers: what no run can have is damage, wherever it stands in the file."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from tierdeps._util.seconds import MAX_DURATION_S

#: The highest number of a run: it is the upper half of the 64-bit ids of its batches.
MAX_RUN = (1 << 31) - 1
#: The highest process id on any system.
MAX_PID = (1 << 31) - 1
#: No moment is later, in seconds since 1970: it is in the year 9892, which every date library can format.
LAST_MOMENT = 2.5e11

Limit = Annotated[float, Meta(ge=0, le=MAX_DURATION_S)]
Moment = Annotated[float, Meta(ge=0, le=LAST_MOMENT)]
Count = Annotated[int, Meta(ge=0, le=MAX_RUN)]
Number = Annotated[int, Meta(ge=1, le=MAX_RUN)]
Pid = Annotated[int, Meta(ge=1, le=MAX_PID)]
