"""Runs a command several times and gives the least CPU seconds (user + system), the least wall seconds and the largest peak memory in MiB
of the process and its children. Used by every bench; peers and Bulkhead go through the same code in the same run."""
import os
import subprocess
import time


def measure(cmd, runs=3, env=None, before=None):
    best = None
    for _ in range(runs):
        if before:
            before()
        t0 = time.monotonic()
        with open(os.devnull, 'wb') as null:
            p = subprocess.Popen(cmd, stdout=null, stderr=null, stdin=subprocess.DEVNULL, env=env)
            _, status, ru = os.wait4(p.pid, 0)
            p.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - t0
        if p.returncode != 0:
            raise RuntimeError(f'{cmd[0]} exited with {p.returncode}: {" ".join(cmd)}')
        cpu, rss = ru.ru_utime + ru.ru_stime, ru.ru_maxrss / 1024
        best = (cpu, wall, rss) if best is None else (min(best[0], cpu), min(best[1], wall), max(best[2], rss))
    return {'cpu': best[0], 'wall': best[1], 'rss': best[2]}

