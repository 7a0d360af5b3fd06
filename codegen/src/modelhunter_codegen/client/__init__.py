"""The module ``client`` of a package: how its calls get to the API.

From the description come the address and the security schemes, from an overlay file what it has no
words for: how lists go on to their next page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen.client.overlay import Overlay, read_overlay
from modelhunter_codegen.client.render import render_client
from modelhunter_codegen.client.security import Security

if TYPE_CHECKING:
    from pathlib import Path

    from modelhunter_codegen import ir
    from modelhunter_codegen.documents import Workspace

__all__ = ["Security", "client_module"]


def client_module(
    workspace: Workspace, package: ir.Package, overlay: Path | None
) -> tuple[dict[str, str], str]:
    """The module by its path, and a hash of the overlay; nothing for a package of ours.

    The types of a document with ``x-python-package`` are called by the client of that project.
    """
    if workspace.root.package is not None and overlay is None:
        return {}, ""
    report = workspace.report
    read = Overlay() if overlay is None else read_overlay(overlay, package, report)
    report.stop_if_any()
    source = render_client(package, Security.read(workspace), read)
    return {"client.py": source}, read.digest
