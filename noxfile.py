"""What can be run in this repository: ``nox -l`` lists it, ``nox`` runs what the gate runs."""

from __future__ import annotations

import subprocess

import nox

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["tests", "lint", "types", "drift", "spec"]


def runs(python: str) -> bool:
    """Whether an interpreter is installed; a version manager may offer one that is not."""
    try:
        return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


PYTHONS = [v for v in ("3.11", "3.12", "3.13", "3.14") if runs(f"python{v}")] or None
PROVIDERS = ["vidu", "kling", "seedream", "seedance", "gemini"]
PLUGINS = [f"plugins/{name}" for name in [*PROVIDERS, "otel"]]
SOURCES = ["src", "codegen/src", "examples/otherapi/src", *(f"{plugin}/src" for plugin in PLUGINS)]
TEST_TOOLS = [
    "django",
    "fastapi",
    "flask",
    "fsspec",
    "hatchling",
    "hypothesis",
    "jsonschema",
    "openapi-spec-validator",
    "opentelemetry-sdk",
    "pip",
    "pytest",
    "pytest-rerunfailures",
    "pytest-timeout",
    "pytest-xdist",
    "trustme",
]


def install_everything(session: nox.Session, *more: str) -> None:
    """The library with its extras, the generator and the five plugins, all editable."""
    editable = [".[all]", "codegen", *PLUGINS]
    session.install(*(part for name in editable for part in ("-e", name)), *more)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests, on every supported Python that is installed."""
    install_everything(session, *TEST_TOOLS, "mypy")
    # Many tests use real sockets and processes; what loses a race on a busy machine may try once
    # more, and the summary counts it.
    session.run("pytest", "-n", "auto", "--timeout", "300", "--reruns", "1", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style: ruff's rules and format."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types and layers: import-linter, mypy (strict), pyright (as packaged in basedpyright)."""
    install_everything(
        session,
        *TEST_TOOLS,
        "mypy",
        "basedpyright",
        "import-linter",
        "nox",
        "types-PyYAML",
        "types-jsonschema",
    )
    session.run("lint-imports")
    session.run("mypy", *SOURCES, "noxfile.py")
    # Named, because basedpyright prefers the .venv of the folder, where the README puts nox alone.
    python = ("--pythonpath", f"{session.bin}/python")
    session.run("basedpyright", "-p", "pyproject.toml", *python)
    # All that users see has a type; the standard library's own gaps (numbers.Number) don't count.
    session.run("basedpyright", *python, "--verifytypes", "modelhunter", "--ignoreexternal")


@nox.session
def codegen(session: nox.Session) -> None:
    """Regenerate everything from the spec; ``-- --check`` only compares."""
    session.install("-e", "codegen")
    session.run("modelhunter-codegen", "generate", *session.posargs)
    session.run("python", "codegen/shells.py", *session.posargs)
    session.run("python", "codegen/facades.py", *session.posargs)


@nox.session
def drift(session: nox.Session) -> None:
    """The generated code is what the spec and the generator make, byte by byte."""
    session.install("-e", "codegen")
    session.run("modelhunter-codegen", "generate", "--check")
    session.run("python", "codegen/shells.py", "--check")
    session.run("python", "codegen/facades.py", "--check")


@nox.session
def spec(session: nox.Session) -> None:
    """The spec is valid OpenAPI, and its examples fit it."""
    session.install("pytest", "jsonschema", "openapi-spec-validator", "PyYAML")
    session.run("pytest", "tests/spec", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The documents can be followed: links, code, and the programs of the guides are run."""
    install_everything(session, *TEST_TOOLS)
    session.run("pytest", "tests/docs", "tests/webhooks", "tests/scaffold", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Every fault of the sandbox at every operation, in both clients; prints the README's table."""
    install_everything(session)
    session.run("python", "tests/faults/matrix.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """The figures of ``benchmarks/``, beside their peers, in one run."""
    install_everything(session, "-r", "benchmarks/requirements.txt")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """A video from the sandbox, as the README does it."""
    session.install("-e", ".[cli,sandbox]", "-e", "plugins/vidu")
    session.run(
        *("modelhunter", "generate", "viduq3-turbo", "A sunset over the ocean"),
        *("-i", "duration=4", "--sandbox", "-o", "sunset.mp4", "--force"),
    )
