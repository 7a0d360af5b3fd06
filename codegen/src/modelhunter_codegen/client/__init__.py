"""The module ``client`` of a package, how its calls get to the API; and its README.

From the description come the address and the security schemes, from an overlay file what it has no
words for: how lists go on to their next page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen.client.groups import groups_of
from modelhunter_codegen.client.overlay import Overlay, read_overlay
from modelhunter_codegen.client.readme import render_readme
from modelhunter_codegen.client.render import render_client
from modelhunter_codegen.client.security import SCHEMES, Security
from modelhunter_codegen.proven import FilePath

if TYPE_CHECKING:
    from pathlib import Path

    from modelhunter_codegen import ir
    from modelhunter_codegen.documents import Workspace
    from modelhunter_codegen.lock_names import Kept
    from modelhunter_codegen.proven import Code

__all__ = ["Security", "client_module"]


def client_module(
    workspace: Workspace, package: ir.Package, overlay: Path | None, kept: Kept
) -> tuple[dict[FilePath, Code], str]:
    """The module and the README by path, and a hash of the overlay; nothing for one of ours.

    ``kept`` are the names that the package has already; those of credentials join its new ones.
    The types of a document with ``x-python-package`` are called by the client of that project.
    """
    if workspace.root.package is not None and overlay is None:
        return {}, ""
    report = workspace.report
    read = Overlay() if overlay is None else read_overlay(overlay, package, report)
    report.stop_if_any()
    security = Security.read(workspace, kept)
    package.kept = package.kept.with_parts(SCHEMES, security.arguments())
    source = render_client(package, security, read)
    readme = render_readme(package, security, read, groups_of(package))
    return {FilePath("client.py"): source, FilePath("README.md"): readme}, read.digest
