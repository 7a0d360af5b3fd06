"""Files, both ways: uploads in three steps, and the links to uploads and results."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from modelhunter.api.models.upload_url_request import decode_upload_url_request
from modelhunter.sandbox.accounts import random_id
from modelhunter.sandbox.answers import Refusal, refused_field, storage_failure, success
from modelhunter.sandbox.clock import microseconds, to_text
from modelhunter.sandbox.links import serve_file
from modelhunter.sandbox.media.formats import FORMATS
from modelhunter.sandbox.media.shape import shapes_from_json
from modelhunter.sandbox.service import read_body

if TYPE_CHECKING:
    from modelhunter.plugins.catalogue import Field
    from modelhunter.sandbox.service import Service
    from modelhunter.sandbox.store import Row

LARGEST_UPLOAD = 100 * 1024 * 1024
"""Bytes (documentation page "get upload url")."""

UPLOAD_TYPES = frozenset(
    (
        *("image/png", "image/jpeg", "image/jpg", "image/webp"),
        *("video/mp4",),
        *("audio/mpeg", "audio/wav", "audio/x-wav", "audio/aac", "audio/mp4", "audio/ogg"),
    )
)
"""MIME types that may be uploaded, beside those that an installed model takes."""


async def create_upload_url(request: Request) -> Response:
    """``POST /api/v1/files/upload-url``."""
    service: Service = request.app.state.service
    service.authenticate(request)
    body = await read_body(request, decode_upload_url_request)
    if body.size_bytes < 1:
        raise refused_field("INVALID_PARAMETER", "sizeBytes", "must be at least 1")
    if not body.filename:
        raise refused_field("INVALID_PARAMETER", "filename", "must not be empty")
    if body.size_bytes > LARGEST_UPLOAD:
        raise Refusal("FILE_TOO_LARGE", f"a file may have at most {LARGEST_UPLOAD} bytes")
    content_type = body.content_type.partition(";")[0].strip().lower()
    if content_type not in UPLOAD_TYPES and content_type not in _types_of_models(service):
        raise refused_field("VALIDATION_ERROR", "contentType", "is no type that can be uploaded")
    id_, now, origin = random_id("file_"), service.now(), service.origin_for(request)
    until = now + microseconds(service.link_seconds)
    service.store.insert(
        "files",
        {
            "id": id_,
            "filename": Path(body.filename.replace("\\", "/")).name or "file",
            "content_type": content_type,
            "size_bytes": body.size_bytes,
            "created_at": now,
            "upload_until": until,
        },
    )
    return success(
        {
            "upload_url": service.link(origin, "PUT", f"/uploads/{id_}", until),
            "file_id": id_,
            "expires_at": to_text(until),
        }
    )


async def upload_content(request: Request) -> Response:
    """``PUT`` to a signed address: the bytes of a file, streamed to disk."""
    service: Service = request.app.state.service
    refused = service.links.check(request, service.now())
    if refused is not None:
        return refused
    file = _file(service, request.path_params["id"])
    if file is None:
        return storage_failure(404, "NoSuchUpload", "There is no such upload")
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != file["content_type"]:
        return storage_failure(
            403, "SignatureDoesNotMatch", f"Content-Type was declared as {file['content_type']}"
        )
    path = service.uploads / file["id"]
    unfinished = path.with_name(f"{path.name}.{random_id('')}")
    size = 0
    try:
        with unfinished.open("wb") as target:
            async for chunk in request.stream():
                size += len(chunk)
                if size > LARGEST_UPLOAD:
                    return storage_failure(400, "EntityTooLarge", "The file is too large")
                target.write(chunk)
        unfinished.replace(path)
    except ClientDisconnect:
        return storage_failure(400, "RequestTimeout", "The connection was closed too early")
    finally:
        unfinished.unlink(missing_ok=True)
    service.store.change("UPDATE files SET stored_bytes = ? WHERE id = ?", (size, file["id"]))
    return Response(status_code=200, headers={"etag": f'"{file["id"]}-{size}"'})


async def complete_upload(request: Request) -> Response:
    """``POST /api/v1/files/{file_id}/complete``."""
    service: Service = request.app.state.service
    service.authenticate(request)
    file = _file(service, request.path_params["file_id"])
    if file is None:
        raise Refusal("NOT_FOUND", "there is no such file")
    if file["stored_bytes"] is None:
        raise Refusal("CONFLICT", "nothing was uploaded yet; PUT the bytes first")
    if file["stored_bytes"] != file["size_bytes"]:
        reason = f"{file['size_bytes']} bytes were declared, {file['stored_bytes']} came"
        raise refused_field("VALIDATION_ERROR", "sizeBytes", reason, status=422)
    now = service.now()
    service.store.change(
        "UPDATE files SET completed_at = ? WHERE id = ? AND completed_at IS NULL", (now, file["id"])
    )
    return success(
        {
            "id": file["id"],
            "url": service.origin_for(request) + _public_path(file),
            "filename": file["filename"],
            "content_type": file["content_type"],
            "size_bytes": file["size_bytes"],
            "created_at": to_text(file["created_at"]),
        }
    )


async def download_file(request: Request) -> Response:
    """A public link to an uploaded file."""
    service: Service = request.app.state.service
    file = _file(service, request.path_params["name"].partition(".")[0])
    if file is None or file["completed_at"] is None or _public_path(file) != request.scope["path"]:
        return storage_failure(404, "NoSuchKey", "There is no such file")
    path = service.uploads / file["id"]
    version = f"{file['id']}:{path.stat().st_mtime_ns}"
    return serve_file(request, path, file["content_type"], version)


async def download_result(request: Request) -> Response:
    """A signed link to the result of a task."""
    service: Service = request.app.state.service
    refused = service.links.check(request, service.now())
    if refused is not None:
        return refused
    name, _, number = request.path_params["name"].rpartition(".")[0].partition("-")
    task = service.store.row("SELECT * FROM tasks WHERE id = ?", (name,))
    if task is None:
        return storage_failure(404, "NoSuchKey", "There is no such file")
    shape = shapes_from_json(task["shapes"])[int(number or 1) - 1]  # the link is signed
    made = await asyncio.wrap_future(service.media.make(shape))
    return serve_file(request, made.path, FORMATS[shape.format].mime, shape.name)


def _file(service: Service, id_: str) -> Row | None:
    return service.store.row("SELECT * FROM files WHERE id = ?", (id_,))


def _public_path(file: Row) -> str:
    suffix = Path(file["filename"]).suffix
    return f"/files/{file['id']}{suffix if suffix.isascii() and suffix[1:].isalnum() else ''}"


def _types_of_models(service: Service) -> set[str]:
    return {
        format_
        for _, model in service.load_catalogue().models()
        for capability in model.capabilities
        for field in capability.fields
        for format_ in _formats(field)
    }


def _formats(field: Field) -> tuple[str, ...]:
    inner: tuple[Any, ...] = field.properties if field.item is None else (field.item,)
    own = field.media.formats if field.media is not None else ()
    return (*own, *(format_ for part in inner for format_ in _formats(part)))
