"""Local files brought to a provider's own API, by the upload that its backend has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter.errors import PluginError
from modelhunter.flows.asking import Asking
from modelhunter.flows.backends import plugin_of
from modelhunter.flows.transfer_deadline import SLOWEST
from modelhunter.flows.upload import digest_of, once, put_until_there, upload_local
from modelhunter.plugins.backend import FileToUpload
from modelhunter.plugins.media import UploadedFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelhunter.flows.context import Context
    from modelhunter.flows.local_media import LocalFile
    from modelhunter.plugins.backend import PutFile
    from modelhunter.runtime.flow import Flow


def address_of(context: Context, via: str | None, local: LocalFile) -> Flow[str]:
    """The address of a local file where the models of a provider find it.

    All of it is over within the time of one call, and a second more for each 4 kB.

    Raises:
        UploadFailed: it can't be read or brought there. PluginError: the backend's upload failed.
    """
    upload = None if via is None else context.route(via).backend.upload
    if via is None or upload is None:
        return (yield from upload_local(context, local)).url
    context = context.bounded()
    digest = yield from digest_of(local)
    key = (digest, local.content_type, via)
    file = yield from once(
        context, key, local, None, lambda: _sent(context, via, upload, local, digest)
    )
    return file.url


def _sent(
    context: Context,
    via: str,
    upload: Callable[[FileToUpload], Any],
    local: LocalFile,
    digest: bytes,
) -> Flow[UploadedFile]:
    session = context.route(via).session
    until = context.session.until
    if until is not None:
        session = session.ending_at(until + local.content.size / SLOWEST)
    given = FileToUpload(local.name, local.content_type, local.content.size, digest, local.content)

    def put(step: PutFile) -> Flow[None]:
        return (yield from put_until_there(session, step.url, local, digest, step.headers))

    asking = Asking(plugin_of(context, via), "upload", session, put)
    address = yield from asking.run(upload, given)
    if not isinstance(address, str) or not address:
        raise PluginError(
            f"{asking.plugin}: upload of its backend gives {type(address).__name__}, which is no "
            "address of the file"
        )
    return UploadedFile("", address)
