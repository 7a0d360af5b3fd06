"""A day on which the API changed: what happens to the descriptions, and to the repository.

``python tests/evolution/change.py`` writes the report of that day into the documentation.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data"
GUIDE = ROOT / "docs" / "when-the-api-changes.md"

_NEW_MODEL = """\
    - id: viduq4
      title: Vidu Q4
      description: The newest model; with sound, also from reference pictures.
      status: current
      aliases: []
      capabilities: [text-to-video, image-to-video, reference-to-video]
      price: {unit: second, quantity: duration, low: "0.10", high: "0.10"}
    - id: viduq2-pro
"""
_NEW_CAPABILITY = """\
    reference-to-video:
      operation: referenceToVideo
      typical_seconds: 45
      output: {media: video, format: mp4, duration: duration, prompt: prompt}
  models:
"""
_NEW_PATH = """\
  /api/v1/vidu/reference-to-video:
    post:
      tags: [vidu]
      operationId: referenceToVideo
      summary: Make a video from reference pictures
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/ReferenceToVideoRequest'}
      responses:
        "202":
          description: The task exists; its result comes later.
          x-unwrap: data
          content:
            application/json:
              schema: {$ref: ../openapi.yaml#/components/schemas/SubmittedTaskEnvelope}

components:
"""
_NEW_SCHEMAS = """\
    ReferenceToVideoRequest:
      type: object
      description: A video to be made from reference pictures.
      required: [model, input]
      properties:
        model: {type: string, enum: [viduq4], description: Id of the model.}
        input: {$ref: '#/components/schemas/ReferenceToVideoInput'}
        webhookUrl: {type: string, format: uri, description: Address that is told when it is done.}
        metadata: {type: object, additionalProperties: true, description: Anything of your own.}
    ReferenceToVideoInput:
      type: object
      description: Who and what the video shows.
      additionalProperties: false
      required: [prompt, reference_images]
      properties:
        prompt: {type: string, maxLength: 2000, description: What happens.}
        reference_images:
          type: array
          minItems: 1
          maxItems: 3
          items: {type: string, format: uri, x-media: {kind: image}}
          description: Pictures of who and what appears.
        duration: {type: integer, minimum: 1, maximum: 8, default: 4, description: Whole seconds.}
    TextToVideoRequest:
"""
_EDITS = (
    # a new model
    ("    - id: viduq2-pro\n", _NEW_MODEL, 1),
    ("enum: [viduq3-pro, viduq3-turbo, viduq2-pro,", "enum: [viduq3-pro, viduq3-turbo, viduq4, "
     "viduq2-pro,", 1),
    ("enum: [viduq3-pro, viduq3-turbo]\n", "enum: [viduq3-pro, viduq3-turbo, viduq4]\n", 1),
    # a renamed input
    ("        seed: seed\n", "        seed: random_seed\n", 2),
    ("        seed:\n          type: integer\n",
     "        random_seed:\n          type: integer\n          x-renamed-from: [seed]\n", 2),
    # a new capability
    ("  models:\n    - id: viduq3-pro\n", _NEW_CAPABILITY + "    - id: viduq3-pro\n", 1),
    ("\ncomponents:\n", _NEW_PATH, 1),
    ("    TextToVideoRequest:\n", _NEW_SCHEMAS, 1),
    # a higher price
    ('low: "0.03"\n        high: "0.03"\n', 'low: "0.04"\n        high: "0.04"\n', 1),
)  # fmt: skip


def change_descriptions(spec: Path) -> None:
    """Change a copy of ``spec/`` as the API did, and describe a provider that is new."""
    path = spec / "providers" / "vidu.yaml"
    text = path.read_text("utf-8")
    for old, new, times in _EDITS:
        if text.count(old) != times:
            raise LookupError(f"{path}: {old!r} stands there {text.count(old)} times, not {times}")
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    shutil.copyfile(DATA / "pixa.yaml", spec / "providers" / "pixa.yaml")


_HANDWRITTEN = (
    ("plugins/vidu/pyproject.toml", '"viduq2-pro" = ', '"viduq4" = "modelhunter_vidu.plugin"\n'),
    ("plugins/vidu/src/modelhunter_vidu/__init__.py", "    from .api.inputs import TextToVideo as",
     "    from .api.inputs import ReferenceToVideo as ReferenceToVideo\n"),
    ("plugins/vidu/src/modelhunter_vidu/__init__.py", '"TextToVideo")', '"ReferenceToVideo", '),
)  # fmt: skip
"""File, what stands there, what is put before it."""


def change_plugins(root: Path) -> None:
    """What is left to do by hand: tell of the new model and its typed input, make a new plugin."""
    from modelhunter.scaffold import write_package

    for name, before, line in _HANDWRITTEN:
        path = root / name
        text = path.read_text("utf-8")
        if text.count(before) != 1:
            raise LookupError(f"{name}: {before!r} stands there {text.count(before)} times, not 1")
        path.write_text(text.replace(before, line + before), "utf-8")
    spec = root / "spec"
    write_package("pixa", root / "plugins", spec / "providers" / "pixa.yaml", spec)


def install(project: Path, into: Path) -> None:
    """Make the entry points of a project known to programs that have ``into`` on their path."""
    about = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    name = about["name"].replace("-", "_")
    info = into / f"{name}-99.dist-info"
    info.mkdir(parents=True)
    info.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: 99\n", "utf-8"
    )
    lines = []
    for group, points in about["entry-points"].items():
        lines += [f"[{group}]", *(f"{key} = {value}" for key, value in points.items()), ""]
    info.joinpath("entry_points.txt").write_text("\n".join(lines), "utf-8")


def reports(folder: Path) -> dict[str, str]:
    """The report of the change in its formats, made with ``folder`` as the working directory."""
    from modelhunter_codegen.diff import compare
    from modelhunter_codegen.diff.report import as_changelog, as_text

    for name in ("old", "new"):
        shutil.copytree(ROOT / "spec", folder / name)
    change_descriptions(folder / "new")
    before = Path.cwd()
    os.chdir(folder)
    try:
        changes = compare(Path("old"), Path("new"))
    finally:
        os.chdir(before)
    return {"text": as_text(changes), "changelog": as_changelog(changes)}


def section(name: str) -> re.Pattern[str]:
    """What finds a report in the guide."""
    return re.compile(rf"(?<=<!-- {name} -->\n```\n).*?(?=```\n)", re.DOTALL)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        guide = GUIDE.read_text("utf-8")
        for name, report in reports(Path(temporary)).items():
            guide = section(name).sub(lambda _, report=report: report, guide, count=1)
        GUIDE.write_text(guide, "utf-8")
