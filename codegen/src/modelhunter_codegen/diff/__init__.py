"""``modelhunter-codegen diff``: what changed between two descriptions, for users of the code.

Stages: find and read the descriptions (:mod:`.reading`), pair up what belongs together
(:mod:`.renames`), compare the typed forms (:mod:`.models`, :mod:`.endpoints`, :mod:`.catalogue`),
tell it (:mod:`.report`). How bad a change is depends on the way that values travel: an input that
takes less breaks those who send it, an answer that brings more those who read it.
"""

from modelhunter_codegen.diff.changes import IMPACTS, Change, Impact, bump, worst
from modelhunter_codegen.diff.compare import compare

__all__ = ["IMPACTS", "Change", "Impact", "bump", "compare", "worst"]
