"""A 3D model: one triangle in glTF's binary form, the smallest file that viewers accept."""

from __future__ import annotations

import json
import struct
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from modelhunter.sandbox.media.shape import Shape

_CORNERS = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.5, 1.0, 0.0))
_FLOAT, _VERTICES = 5126, 34962


def write_solid(shape: Shape, file: IO[bytes]) -> None:
    """Write the model; what was asked for stands in its ``asset`` (glTF 2.0, section 4)."""
    points = b"".join(struct.pack("<3f", *corner) for corner in _CORNERS)
    scene = {
        "asset": {"version": "2.0", "extras": {"prompt": shape.prompt, "model": shape.model}},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "buffers": [{"byteLength": len(points)}],
        "bufferViews": [{"buffer": 0, "byteLength": len(points), "target": _VERTICES}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": _FLOAT,
                "count": len(_CORNERS),
                "type": "VEC3",
                "min": [0.0, 0.0, 0.0],
                "max": [1.0, 1.0, 0.0],
            }
        ],
    }
    text = json.dumps(scene).encode()
    text += b" " * (-len(text) % 4)
    chunks = _chunk(b"JSON", text) + _chunk(b"BIN\0", points)
    file.write(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("<I4s", len(data), kind) + data
