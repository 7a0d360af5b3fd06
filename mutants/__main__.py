"""``python -m mutants [module …]``: see :mod:`mutants`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

from mutants.running import Campaign, TookTooLong

HERE = Path(__file__).parent
ROOT = HERE.parent
GOAL = 0.95


def main() -> int:
    """Run the mutants of the modules named, or of all; 1 where too many live or one is unknown."""
    plan = tomllib.loads((HERE / "plan.toml").read_text("utf-8"))
    parser = argparse.ArgumentParser(prog="nox -s mutants --")
    parser.add_argument("modules", nargs="*", help="their last names, such as waiting")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    wanted = {
        name: tests
        for name, tests in plan["modules"].items()
        if not options.modules or name.rpartition(".")[2] in options.modules
    }
    if not wanted:
        parser.error(f"there is none of these modules in {HERE.name}/plan.toml")
    files = {name: ROOT / "src" / f"{name.replace('.', '/')}.py" for name in wanted}
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = tempfile.mkdtemp()
    campaign = Campaign(files, options.jobs)
    tests = sorted({test for group in wanted.values() for test in group})
    status = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests], [campaign])
    return int(status) or report(campaign, plan.get("survivors", {}))


def report(campaign: Campaign, known: dict[str, dict[str, str]]) -> int:
    """Print what lives and why; the exit status."""
    for words in campaign.broken:
        print(words)
    unknown = 0
    for mutant, tests in campaign.survived:
        reason = known.get(mutant.module, {}).get(mutant.key)
        unknown += reason is None
        lives = f"lives, though {tests} tests run it" if tests else "no test runs it"
        print(f"{mutant.module}:{mutant.line}: {mutant.key}")
        print(f"    {reason or f'{lives}, and plan.toml has no reason'}")
    for mutant, how in campaign.ended:
        print(f"{mutant.module}:{mutant.line}: {mutant.key}")
        print(
            f"    the tests {'came to no end' if isinstance(how, TookTooLong) else f'died: {how}'}"
        )
    noticed = len(campaign.killed) + len(campaign.ended)
    total = noticed + len(campaign.survived)
    if not total:
        print("no mutant was tried")
        return 1
    share = noticed / total
    print(
        f"{noticed} of {total} mutants killed ({share:.1%}), {len(campaign.ended)} of them as the "
        f"tests hung or died; {unknown} of {len(campaign.survived)} survivors unexplained"
    )
    return int(share < GOAL or unknown > 0 or bool(campaign.broken))


if __name__ == "__main__":
    sys.exit(main())
