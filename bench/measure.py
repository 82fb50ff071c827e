"""Runs a command several times and gives the least CPU seconds (user + system), the least wall seconds and the largest peak memory in MiB
of the process and its children (bench/meas.c). Used by every bench; peers and Bulkhead go through the same code in the same run."""
import atexit
import os
import shutil
import subprocess
import tempfile

_scratch = tempfile.mkdtemp()
atexit.register(shutil.rmtree, _scratch, True)
_meas = os.path.join(_scratch, 'meas')
subprocess.run(['cc', '-O2', '-o', _meas, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'meas.c')], check=True)


def measure(cmd, runs=3, before=None):
    best = None
    for _ in range(runs):
        if before:
            before()
        out = subprocess.run([_meas, *cmd], stdout=subprocess.PIPE, check=True).stdout
        cpu, wall, rss, status = (int(x) for x in out.split())
        if status != 0:
            raise RuntimeError(f'exit {status}: {" ".join(cmd)}')
        now = (cpu / 1e6, wall / 1e6, rss / 1024)
        best = now if best is None else (min(best[0], now[0]), min(best[1], now[1]), max(best[2], now[2]))
    return {'cpu': best[0], 'wall': best[1], 'rss': best[2]}
