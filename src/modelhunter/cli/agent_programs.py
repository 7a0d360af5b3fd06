"""Programs of agents that are known: where each keeps what servers it starts, and how."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from modelhunter.cli.failures import Stop
from modelhunter.cli.showing_first import Change, current

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAME = "modelhunter"


@frozen
class Program:
    """A program, the file of its settings, and the member of that which holds its servers."""

    title: str
    path: Path
    member: str
    more: Mapping[str, Any] = {}

    def is_here(self) -> bool:
        """Whether the program seems to be on this machine."""
        return self.path.parent.is_dir()

    def change(self, command: Sequence[str]) -> Change:
        """Its settings with our server among its servers.

        Raises:
            Stop: they can't be read as JSON, so they are not touched.
        """
        before = current(self.path)
        entry = {**self.more, "command": command[0], "args": [*command[1:]]}
        try:
            settings = json.loads(before) if before and before.strip() else {}
            servers = settings.setdefault(self.member, {})
            servers[NAME] = entry
        except (ValueError, AttributeError, TypeError) as error:
            raise Stop(
                f"{self.path} is not plain JSON, so it is left as it is; put this there yourself",
                error=error,
                hints=[json.dumps({self.member: {NAME: entry}})],
            ) from error
        return Change(self.path, before, json.dumps(settings, indent=2, ensure_ascii=False) + "\n")


def programs() -> dict[str, Program]:
    """The programs that are known, by the names that a command line takes."""
    home = Path.home()
    if sys.platform == "darwin":
        settings = home / "Library" / "Application Support"
    elif sys.platform == "win32":
        settings = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    else:
        settings = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    servers = "mcpServers"
    return {
        "claude-desktop": Program(
            "Claude Desktop", settings / "Claude" / "claude_desktop_config.json", servers
        ),
        "cursor": Program("Cursor", home / ".cursor" / "mcp.json", servers),
        "vscode": Program(
            "VS Code", settings / "Code" / "User" / "mcp.json", "servers", {"type": "stdio"}
        ),
        "windsurf": Program(
            "Windsurf", home / ".codeium" / "windsurf" / "mcp_config.json", servers
        ),
    }
