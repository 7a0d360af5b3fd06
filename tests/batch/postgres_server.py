"""A PostgreSQL server on a free port, from Debian's package, for one run of the tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def programs() -> Path:
    """The folder of the server's programs.

    Raises:
        LookupError: there is none; ``.ci/run`` installs Debian's package ``postgresql``.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    if path is None:
        raise LookupError("these tests need PostgreSQL: apt-get install postgresql")
    return Path(path).parent


@contextmanager
def running() -> Iterator[str]:
    """A server, and the URL of its database; it stops at the end of the block."""
    bin_ = programs()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    as_user: list[str] = []
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        data = Path(folder, "data")
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "postgres")
            as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

        def run(*command: object) -> None:
            words = [*as_user, *map(str, command)]
            subprocess.run(words, check=True, capture_output=True, cwd=folder, timeout=120)

        run(bin_ / "initdb", "-D", data, "-U", "tests", "--auth=trust", "--no-sync")
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        )
        log = Path(folder, "log")
        run(bin_ / "pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start")
        try:
            yield f"postgresql+psycopg://tests@127.0.0.1:{port}/postgres"
        finally:
            run(bin_ / "pg_ctl", "-D", data, "-m", "immediate", "stop")
