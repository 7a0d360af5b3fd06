"""What schemathesis can't read off the description of the API; loaded into its process."""

from __future__ import annotations

import os
import zlib
from typing import Any

import schemathesis
from hypothesis import strategies as st

NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)

# Media and webhooks are on the web: `format: uri` alone makes addresses of any scheme.
schemathesis.openapi.format(
    "uri", st.builds("{}://{}.example/{}".format, st.sampled_from(["http", "https"]), NAMES, NAMES)
)


@schemathesis.hook
def map_query(context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    """A cursor is opaque, so that one that was made up is none."""
    if query:
        query.pop("cursor", None)
    return query


@schemathesis.hook
def map_path_parameters(context: Any, parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Most ids are those of something that there is."""
    for name, made_up in (parameters or {}).items():
        known = os.environ.get(f"KNOWN_{name.upper()}", "").split()
        draw = zlib.crc32(repr(made_up).encode()) % (len(known) + 1)
        if draw < len(known):
            parameters[name] = known[draw]
    return parameters
