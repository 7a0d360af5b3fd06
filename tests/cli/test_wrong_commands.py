"""Wrong command lines, and the sentence that each gets: read them aloud."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest

Run = Any
INPUTS = "prompt, size, steps, guidance, upscale, tags, from_, layers and style"
NOT_FOUND = "no installed plugin has a model named"

WRONG = {
    "generate": "MODEL is missing",
    "generate acme-9 x": (
        f"{NOT_FOUND} 'acme-9'; did you mean acme-2 or acme-1? One that is newer than its plugin "
        "is sent where provider and capability are named with it (--provider, --capability)"
    ),
    "generate acme-1 x --steps 4": "--steps is no option; inputs are given with -i",
    "generate acme-1 x --duration 4": "--duration is no option of modelhunter generate",
    "generate acme-1 x -i wings=4": (
        f"- wings: acme-1 has no such input for text-to-image; allowed: {INPUTS}"
    ),
    "generate acme-1 x -i sise=large": (
        "- sise: acme-1 has no such input for text-to-image; did you mean size?"
    ),
    "generate acme-1 x -i size": "--input: 'size' has not the form name=value, such as duration=4",
    "generate acme-1 x y": "the prompt is one argument; put it in quotes: 'x y'",
    "generate acme-1 x --key river_abc": (
        "--key is no option of modelhunter generate, nor of any command: command lines end up in "
        "process lists and histories"
    ),
    "generate acme-1 x --max-cost cheap": "--max-cost: 'cheap' is no amount of USD, such as 2.50",
    "generate acme-1 x --timeout 0": "--timeout: '0' is not above 0",
    "generate acme-1 x --timeout soon": "--timeout: 'soon' is no number",
    "generate acme-1 x --capability fly": (
        "- --capability 'fly': acme-1 can't do this; allowed: text-to-image or image-to-image"
    ),
    "generate acme-1 x -i image=missing.png": (
        "- image='missing.png': there is no such file; allowed: a URL or a local file"
    ),
    r"generate acme-1 x -i 'image=C:\new\table.png'": (
        r"- image='C:\new\table.png': there is no such file; allowed: a URL or a local file"
    ),
    "generate acme-1 x --base-url ftp://x": (
        "--base-url 'ftp://x' is no address; give one such as https://api.example.com"
    ),
    "generate acme-1 x --base-url http://example.com": (
        "--base-url 'http://example.com' would send the key over the network unencrypted"
    ),
    "generate acme-1 x --provenance inside": (
        "--provenance: 'inside' is not known here; there are sidecar and embedded"
    ),
    "generate acme-1 @missing.txt": (
        "the prompt is to be read from missing.txt, which can't be: No such file or directory; "
        "for a text that begins with @, write @@"
    ),
    "generate acme-1": "- prompt: is needed and was not given; allowed: at most 200 characters",
    "generate acme-1 ''": "the prompt is empty; leave it out if that is meant",
    "generat acme-1 x": "'generat' is no command of modelhunter; this may be meant",
    "list": "'list' is no command of modelhunter; this may be meant",
    "acme-1 x": "'acme-1' is no command of modelhunter; this may be meant",
    "tasks list --status done": "--status: 'done' is no status of tasks; did you mean succeeded?",
    "tasks list --status flying": (
        "--status: 'flying' is no status of tasks; there are pending, queued, running, succeeded, "
        "failed, cancelled and expired"
    ),
    "tasks list --provider nobody": (
        "--provider: 'nobody' is no provider that is installed; installed are acme"
    ),
    "tasks list --limit ten": "--limit: 'ten' is no whole number from 1",
    "tasks list --since yesterday": (
        "--since is no option of modelhunter tasks list; did you mean --after?"
    ),
    "tasks list --after yesterday": (
        "--after: 'yesterday' is no date; give one such as 2026-05-31 or 2026-05-31T18:30"
    ),
    "tasks get": "ID is missing",
    "tasks get ''": "ID: '' is no task's id; `modelhunter tasks list` shows them",
    "tasks wait x y z": "'y' 'z' is too much here",
    "models acme-1": "'acme-1' is no command of modelhunter models; this may be meant",
    "models show": "MODEL is missing",
    "models --json=yes": "--json takes no value; give it alone",
    "upload missing.png": "FILE: 'missing.png' is no file that is there",
    "upload .": "FILE: '.' is a folder; name a file",
    "verify missing.png": "FILE: 'missing.png' is no file that is there",
    "balance extra": "'extra' is too much here",
    "sandbox --port 99999999": "--port: '99999999' is no whole number from 0 to 65535",
    "sandbox --speed nan": "--speed: 'nan' is not above 0",
    "webhooks create nowhere": (
        "URL: 'nowhere' is no http or https address, such as https://shop.example/hooks/modelhunter"
    ),
    "webhooks create https://x.example --event finished": (
        "--event: 'finished' is no event of webhooks; there are task.completed and task.failed"
    ),
    "api-keys create ci --spend-limit lots": (
        "--spend-limit: 'lots' is no amount of USD, such as 2.50"
    ),
    "api-keys create ci --ip here": (
        "--ip: 'here' is no address; give one such as 192.0.2.7 or 192.0.2.0/24"
    ),
    "batch run missing.jsonl": "say where the files go: --out DIR",
    "batch status missing.db": "there is no ledger at missing.db",
    "plugins new 9": (
        "'9' can't be a provider's name: it becomes an attribute of the client, so it is made of "
        "small letters, digits and single underscores, such as acme_labs"
    ),
    "--jsn models": "--jsn is no option of modelhunter; did you mean --json?",
}
FOR_PROGRAMS = re.compile(
    r"[a-z]=…|\b(client|task|mh|errors?)\.\w+\(|=(True|False|None)\b|\b(str|int|float|bool|dict|tuple|bytes"
    r"|NoneType|Pillow|Path|Decimal)\b|\\\\|Traceback|\bExpected\b"
)


def test_there_are_forty_at_least() -> None:
    assert len(WRONG) >= 40


@pytest.mark.parametrize(("typed", "sentence"), WRONG.items(), ids=WRONG)
def test_a_wrong_command_gets_its_sentence(run: Run, typed: str, sentence: str) -> None:
    result = run(*shlex.split(typed))
    lines = [line.strip() for line in result.stderr.splitlines()]
    said = [line.removeprefix("Error: ") for line in lines]
    assert {sentence, f"{sentence}:"} & {*said}
    assert result.exit_code in (1, 2)
    assert result.stdout == ""
    assert not FOR_PROGRAMS.search(result.stderr)
    assert all(len(line) < 300 for line in lines)
