"""Schemas of the request bodies of the core API, as the documentation describes them."""

from __future__ import annotations

from typing import Any

UPLOAD_URL: dict[str, Any] = {
    "type": "object",
    "required": ["filename", "contentType", "sizeBytes"],
    "properties": {
        "filename": {"type": "string", "minLength": 1},
        "contentType": {"type": "string", "minLength": 1},
        "sizeBytes": {"type": "number", "minimum": 1, "multipleOf": 1},
    },
}

WEBHOOK: dict[str, Any] = {
    "type": "object",
    "required": ["url", "events"],
    "properties": {
        "url": {"type": "string", "pattern": "^https?://[^/]"},
        "events": {
            "type": "array",
            "minItems": 1,
            "items": {"enum": ["task.completed", "task.failed"]},
        },
    },
}

API_KEY: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "spendLimit": {"type": "number", "minimum": 0},
        "expiresAt": {"type": "string"},
        "permissions": {"type": "object", "additionalProperties": {"type": "boolean"}},
        "ipWhitelist": {"type": "array", "items": {"type": "string"}},
    },
}

GENERATION: dict[str, Any] = {
    "type": "object",
    "required": ["model", "input"],
    "properties": {
        "model": {"type": "string", "minLength": 1},
        "input": {"type": "object"},
        "webhookUrl": {"type": "string", "pattern": "^https?://[^/]"},
        "metadata": {"type": "object"},
    },
}
"""What all generations have in common; the model's own schema says the rest."""
