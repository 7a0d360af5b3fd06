"""A process that works on a batch, to be killed: LEDGER OUT URL KEY COUNT LEASE TOTAL."""

import sys

from modelhunter import ModelHunter, Polling, Timeouts


def main(ledger: str, out: str, url: str, key: str, count: str, lease: str, total: str) -> None:
    polling, timeouts = Polling(0.05, 0.05, 1), Timeouts(total=float(total))
    rows = [
        {"model": "viduq3-turbo", "prompt": f"clip {n}", "duration": 1, "key": f"k{n}"}
        for n in range(int(count))
    ]
    with ModelHunter(key, base_url=url, polling=polling, timeout=timeouts) as mh:
        batch = mh.batch(
            ledger, out=out, name="{key}.{ext}", recovery_pause=0.3, lease=float(lease)
        )
        print(batch.run(rows).done)


if __name__ == "__main__":
    main(*sys.argv[1:])
