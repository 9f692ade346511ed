"""Runs a command and writes what it cost: launch.py RESULT COMMAND...

A process of its own, and a small one: the peak memory of a process begins with that of the process that started it.
"""

import os
import sys
import time

SAMPLE_SECONDS = 0.02

began = time.time()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
threads = 1
while True:
    try:  # noqa: SIM105 - contextlib and pathlib would make it larger
        threads = max(threads, len(os.listdir(f"/proc/{pid}/task")))  # noqa: PTH208
    except OSError:
        pass
    ended, status, usage = os.wait4(pid, os.WNOHANG)
    if ended:
        break
    time.sleep(SAMPLE_SECONDS)
with open(sys.argv[1], "w", encoding="ascii") as file:  # noqa: PTH123
    print(
        os.waitstatus_to_exitcode(status), began, time.time(), usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024, threads, file=file,
    )  # fmt: skip
