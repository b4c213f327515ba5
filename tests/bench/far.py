"""The delaying proxy of this folder, started for one run: what it was given is far away then."""
import contextlib
import pathlib
import re
import subprocess

import crier
import takers
from place import check


def _program():
    return pathlib.Path(crier.program()).parent / "tests/bench/delay_proxy"


def _took(bench, said):
    """What the proxy says about itself goes into the report: it must not be what was measured."""
    found = re.search(r"(\d+) connections, ([\d.]+) s of them, ([\d.]+) s of processor time, "
                      r"late ([\d.]+) ms, 99 of 100 under ([\d.]+) ms", said)
    check(found and int(found[1]) > 0, f"delay_proxy said {said!r}")
    bench.proxy_runs.append((float(found[3]) / max(float(found[2]), 0.001), float(found[5])))


@contextlib.contextmanager
def reach(bench, port, round_trip_ms):
    """The port to go to so that `port` is that far away; itself where it is near."""
    if not round_trip_ms:
        yield port
        return
    argv = [_program(), str(round_trip_ms * 1000 // 2), str(port)]
    proxy = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             env=crier.clean_environment(bench.folder))
    try:
        line = proxy.stdout.readline().decode()
        found = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", line)
        check(found, f"delay_proxy said {line!r}")
        yield int(found[1])
        proxy.terminate()
        _took(bench, proxy.stdout.read().decode())
    finally:
        crier.stop_process(proxy)
        proxy.stdout.close()


def note(bench):
    """For the report, once all runs are over."""
    if bench.proxy_runs:
        busy = max(share for share, _ in bench.proxy_runs)
        late = max(ms for _, ms in bench.proxy_runs)
        bench.report.notes.append(
            f"the delaying proxy used at most {busy:.0%} of a processor in a run, and 99 of 100 "
            f"pieces were never more than {late:.1f} ms late")
