"""What can be run in this repository: ``nox -l`` lists it, ``nox`` runs what the gate runs.

Sessions install the versions of ``constraints/pinned.txt``, so that the gate does on any day what
it did the day before; ``nox -s pins`` writes that file anew.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import nox
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "drift", "types", "tests", "lowest"]


def runs(python: str) -> bool:
    """Whether an interpreter is installed; a version manager may offer one that is not."""
    try:
        return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


PYTHONS = [v for v in ("3.11", "3.12", "3.13", "3.14") if runs(f"python{v}")] or None
PROVIDERS = ["vidu", "kling", "seedream", "seedance", "gemini"]
PLUGINS = [f"plugins/{name}" for name in [*PROVIDERS, "otel"]]
EXAMPLES = [f"examples/{name}/src" for name in ("otherapi", "queueapi", "predictions")]
SOURCES = ["src", "codegen/src", *EXAMPLES, *(f"{plugin}/src" for plugin in PLUGINS)]
PROJECT = nox.project.load_toml("pyproject.toml")
PINNED = Path("constraints/pinned.txt").absolute()
LOWEST = PINNED.with_name("lowest.txt")
MAIN = "origin/main"
"""What a branch is compared with."""
BUILD = ["hatchling", "editables"]
"""What builds our distributions; they are built without isolation, so that this is pinned too."""


def group(*names: str) -> list[str]:
    """The requirements of dependency groups in ``pyproject.toml``."""
    return list(nox.project.dependency_groups(PROJECT, *names))


def declared() -> list[Requirement]:
    """What our distributions and their extras say they need, but for each other."""
    texts: list[str] = []
    for folder in (".", "codegen", *PLUGINS):
        project = nox.project.load_toml(f"{folder}/pyproject.toml")["project"]
        texts += project.get("dependencies", [])
        texts += (
            text for extra in project.get("optional-dependencies", {}).values() for text in extra
        )
    needed = map(Requirement, dict.fromkeys(texts))
    return [each for each in needed if not each.name.startswith("modelhunter")]


def floors() -> dict[str, Version]:
    """The lowest version of each package that is declared; where several are, the highest."""
    found: dict[str, Version] = {}
    for each in declared():
        (floor,) = (Version(s.version) for s in each.specifier if s.operator == ">=")
        name = canonicalize_name(each.name)
        found[name] = max(floor, found.get(name, floor))
    return found


def pinned(file: Path) -> dict[str, set[Version]]:
    """The versions that a constraint file has of each package: they may differ by Python."""
    found: dict[str, set[Version]] = {}
    for line in file.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            (exact,) = requirement.specifier
            found.setdefault(canonicalize_name(requirement.name), set()).add(Version(exact.version))
    return found


def installed(session: nox.Session) -> dict[str, Version]:
    """What the environment of a session has, but for our own and what it was made with."""
    code = "import json; from importlib.metadata import distributions as all;"
    code += "print(json.dumps({d.name: d.version for d in all()}))"
    output = session.run("python", "-I", "-c", code, silent=True)
    found = {canonicalize_name(k): Version(v) for k, v in json.loads(str(output)).items()}
    seeds = {"pip", "setuptools", "wheel"}
    return {k: v for k, v in found.items() if k not in seeds and not k.startswith("modelhunter")}


def install(session: nox.Session, *packages: str, by: Path | None = PINNED) -> None:
    """Install packages in the versions of a constraint file, and nothing that it lacks."""
    for name in ("PIP_CONSTRAINT", "UV_CONSTRAINT"):
        # For what the tests install, too. A URL, because a space would separate two files.
        session.env[name] = by.as_uri() if by else None
    if "-e" in packages:
        session.install(*BUILD)
    session.install("--no-build-isolation", *packages)
    if by is None:
        return
    right = pinned(by)
    loose = [name for name, is_ in installed(session).items() if is_ not in right.get(name, ())]
    if loose:
        session.error(f"{by.name} does not pin {', '.join(loose)}: run `nox -s pins`, and commit")


def install_all(session: nox.Session, *more: str, by: Path | None = PINNED) -> None:
    """Install the library with its extras, the generator and the plugins, all editable."""
    editable = [".[all]", "codegen", *PLUGINS]
    install(session, *(part for name in editable for part in ("-e", name)), *more, by=by)


ONCE = [
    *("tests/docs", "tests/evolution", "tests/gate", "tests/samples", "tests/scaffold"),
    *("tests/spec", "tests/types", "tests/sandbox/test_sandbox_description.py"),
    *("tests/sandbox/test_sandbox_page.py", "tests/agents/test_inspector.py"),
    *("codegen/tests/test_clean.py", "codegen/tests/test_renamed.py"),
]
"""Tests of texts, of descriptions, of pages and of what type checkers say: what they find hangs on
neither the Python nor the versions of what is installed."""


def without(paths: list[str]) -> list[str]:
    """The options that leave tests out."""
    return [f"--ignore={path}" for path in paths]


def run_tests(session: nox.Session, *options: str) -> None:
    """Run the tests. Many use real sockets and processes: the summary names those tried twice."""
    # Many tests wait for sockets and children, so one more worker than cores keeps the cores busy.
    workers = str((os.cpu_count() or 1) + 1)
    usual = ("-n", workers, "--timeout", "300", "--reruns", "1", "-raR")
    session.run("pytest", *usual, *options, *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests on the lowest Python that is installed, and on the others what may differ there.

    The generator is a maintainer's tool: the lowest and the highest Python are enough for it.
    """
    if PYTHONS is None or session.python == PYTHONS[0]:
        install_all(session, *group("test", "browser", "docs"))
        run_tests(session)
        return
    install_all(session, *group("test"))
    if session.python == PYTHONS[-1]:
        run_tests(session, *without([*ONCE, "tests/faults"]))
    else:
        # A glob, because --ignore=codegen/tests does not hold for what testpaths name.
        run_tests(session, *without([*ONCE, "tests/faults"]), "--ignore-glob=codegen/tests/*")


@nox.session(python=PYTHONS and PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """The tests with the lowest version of everything that is declared, on the lowest Python."""
    install_all(session, *group("test"), by=LOWEST)
    found = installed(session)
    risen = [name for name, floor in floors().items() if found[name] != floor]
    if risen:
        session.error(f"{LOWEST.name} has no floor of {', '.join(risen)}: run `nox -s pins`")
    run_tests(session, *without(ONCE))


@nox.session
def newest(session: nox.Session) -> None:
    """All tests with whatever is the newest today, for those who look after the pins."""
    install_all(session, "--upgrade", *group("test"), by=None)
    run_tests(session)


@nox.session
def pins(session: nox.Session) -> None:
    """Write the constraint files anew; ``-- --keep`` only adds what is missing."""
    install(session, *group("pins"), by=None)
    ours = [str(each) for each in declared()]
    tools = sorted(
        {*(text for name in PROJECT["dependency-groups"] for text in group(name)), *BUILD}
    )
    peers = Path("benchmarks/requirements.txt").read_text("utf-8").splitlines()
    compile_pins(session, PINNED, [*ours, *tools, *peers])
    low = [f"{name}=={floor}" for name, floor in floors().items()]
    compile_pins(session, LOWEST, [*ours, *low, *group("test"), *BUILD])


def compile_pins(session: nox.Session, file: Path, requirements: list[str]) -> None:
    """Write one version of all that is required, directly or not, for every Python and system."""
    wanted = Path(session.create_tmp()) / file.name
    wanted.write_text("\n".join(requirements), "utf-8")
    upgrade = [] if "--keep" in session.posargs else ["--upgrade"]
    session.run(
        *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
        *("--no-annotate", "--custom-compile-command", "nox -s pins", *upgrade),
        *("--output-file", str(file.relative_to(Path.cwd())), str(wanted)),
    )


@nox.session
def audit(session: nox.Session) -> None:
    """Look up the known holes of what is pinned and of the floors, where that can be looked up."""
    install(session, *group("audit"))
    lines = sorted({*exact_lines(PINNED), *exact_lines(LOWEST)})
    holes, unknown = audited(session, lines)
    if holes:
        session.error("Known holes:\n" + "\n".join(holes))
    if len(unknown) == len(lines):
        session.skip(
            "The index that is reached from here has no data on holes: nothing was audited"
        )
    if unknown:
        session.warn(f"Not audited, since the index has no data on them: {', '.join(unknown)}")


def exact_lines(file: Path) -> list[str]:
    """``name==version`` for all that a constraint file has, whatever Python it is for."""
    return [f"{name}=={one}" for name, several in pinned(file).items() for one in several]


def audited(session: nox.Session, lines: list[str]) -> tuple[list[str], list[str]]:
    """The known holes of exact versions, and what could not be looked up."""
    holes: list[str] = []
    unknown: list[str] = []
    temporary = Path(session.create_tmp())
    wanted, report = temporary / "wanted.txt", temporary / "report.json"
    rest = lines
    while rest:  # pip-audit takes one version of each package at a time
        part = list({line.partition("==")[0]: line for line in rest}.values())
        rest = [line for line in rest if line not in part]
        wanted.write_text("\n".join(part), "utf-8")
        report.unlink(missing_ok=True)
        session.run(
            *("pip-audit", "--no-deps", "--disable-pip", "--progress-spinner", "off"),
            *("--requirement", str(wanted), "--format", "json", "--output", str(report)),
            success_codes=[0, 1],
            silent=True,
        )
        if not report.exists():  # no connection
            unknown += part
            continue
        for each in json.loads(report.read_text("utf-8"))["dependencies"]:
            if "skip_reason" in each:
                unknown += [line for line in part if line.startswith(f"{each['name']}==")]
            for hole in each.get("vulns", ()):
                fixed = ", ".join(hole["fix_versions"]) or "no release yet"
                holes.append(f"{each['name']} {each['version']}: {hole['id']}, fixed by {fixed}")
    return holes, unknown


@nox.session
def lint(session: nox.Session) -> None:
    """Style: ruff's rules and format; and that a change below ``src/`` brought its news."""
    install(session, *group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    known = subprocess.run(["git", "rev-parse", "-q", "--verify", MAIN], capture_output=True)
    if known.returncode == 0:
        session.run("python", "-m", "release.news", MAIN)
    else:
        session.log(f"there is no {MAIN} to tell what was changed since: news are not asked for")


@nox.session
def types(session: nox.Session) -> None:
    """Types and layers: import-linter, mypy (strict), pyright (as packaged in basedpyright)."""
    install_all(session, *group("test", "types", "docs", "browser"))
    session.run("lint-imports")
    session.run("mypy", *SOURCES, "website", "noxfile.py")
    # Named, because basedpyright prefers the .venv of the folder, where the README puts nox alone.
    python = ("--pythonpath", f"{session.bin}/python")
    session.run("basedpyright", "-p", "pyproject.toml", *python)
    # All that users see has a type; the standard library's own gaps (numbers.Number) don't count.
    session.run("basedpyright", *python, "--verifytypes", "modelhunter", "--ignoreexternal")


@nox.session
def codegen(session: nox.Session) -> None:
    """Regenerate everything from the spec; ``-- --check`` only compares."""
    install(session, "-e", "codegen")
    session.run("modelhunter-codegen", "generate", *session.posargs)
    session.run("python", "codegen/shells.py", *session.posargs)
    session.run("python", "codegen/facades.py", *session.posargs)


@nox.session
def drift(session: nox.Session) -> None:
    """The generated code is what the spec and the generator make, byte by byte."""
    install(session, "-e", "codegen")
    session.run("modelhunter-codegen", "generate", "--check")
    session.run("python", "codegen/shells.py", "--check")
    session.run("python", "codegen/facades.py", "--check")


@nox.session
def spec(session: nox.Session) -> None:
    """The spec is valid OpenAPI, and its examples fit it."""
    install(session, *group("spec"))
    session.run("pytest", "tests/spec", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site in ``site/``, without a warning, and follow all that it tells you to type."""
    install_all(session, *group("test", "browser", "docs"))
    session.run("python", "-m", "website", "site")
    session.run("pytest", "tests/docs", "tests/webhooks", "tests/scaffold", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Every fault of the sandbox at every operation; prints the table of docs/reliability.md."""
    install_all(session)
    session.run("python", "tests/faults/matrix.py", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Each small mutation of what guards money and files makes a test fail; ``-- MODULE …``."""
    install_all(session, *group("test"))
    session.run("python", "-m", "mutants", *session.posargs)


@nox.session
def batch_kills(session: nox.Session) -> None:
    """A batch of 500 jobs with faults, killed twenty times, on SQLite and PostgreSQL."""
    install_all(session, *group("test"))
    env = {"MODELHUNTER_BATCH_JOBS": "500", "MODELHUNTER_BATCH_KILLS": "20"}
    words = ("tests/batch/test_killed.py", "--timeout", "7200", *session.posargs)
    session.run("pytest", *words, env=env)


@nox.session
def build(session: nox.Session) -> None:
    """Every distribution as wheel and source, checked, and tried without the sources."""
    install(session, *group("build"), *BUILD, "attrs")
    session.run("python", "-m", "release.sbom", "--check")
    out = Path("dist").absolute()
    for old in out.glob("modelhunter*"):
        old.unlink()
    for folder in (".", "codegen", *PLUGINS):
        words = ("--no-isolation", "--outdir", str(out), folder)
        session.run("python", "-m", "build", *words, silent=True)
    made = sorted(map(str, out.glob("modelhunter*")))
    session.run("twine", "check", "--strict", *made)
    session.run("check-wheel-contents", *(name for name in made if name.endswith(".whl")))
    session.run("python", "-m", "release.built", str(out), str(PINNED))


@nox.session
def news(session: nox.Session) -> None:
    """A change below a ``src/`` folder brings its news; ``-- BASE`` says since when."""
    session.run("python", "-m", "release.news", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """The figures of ``benchmarks/``, beside their peers, in one run."""
    install_all(session, "-r", "benchmarks/requirements.txt")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """A video from the sandbox, as the README does it."""
    install(session, "-e", ".[cli,sandbox]", "-e", "plugins/vidu")
    session.run(
        *("modelhunter", "generate", "viduq3-turbo", "A sunset over the ocean"),
        *("-i", "duration=4", "--sandbox", "-o", "sunset.mp4", "--force"),
    )
