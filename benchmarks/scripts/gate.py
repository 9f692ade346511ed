"""What people write today, with requests: trigger, ask every INTERVAL seconds, read the scores.

    gate.py TARGET...

With SAME_CALLS it makes every call that probe-gate makes: it also reads the listing before the trigger and at the end.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import requests

API = f"{os.environ['SPLX_API_URL']}/api/workspaces/{os.environ['SPLX_WORKSPACE_ID']}"
INTERVAL_SECONDS = float(os.environ.get("INTERVAL", "5"))
SAME_CALLS = "SAME_CALLS" in os.environ

session = requests.Session()
session.headers["X-Api-Key"] = os.environ["SPLX_API_KEY"]


def get(path: str) -> Any:
    answer = session.get(API + path, timeout=30)
    answer.raise_for_status()
    return answer.json()


def trigger(target: str) -> int:
    body = {
        "targetId": int(target),
        "probeIds": None,
        "name": "gate",
        "notifyWhenFinished": False,
        "runAiAnalysis": False,
    }
    answer = session.post(f"{API}/test-run/trigger", json=body, timeout=30)
    answer.raise_for_status()
    return int(answer.json()["testRunId"])


def is_over(target: str, run_id: int) -> bool:
    run = next((run for run in get(f"/target/{target}/test-runs") if run["id"] == run_id), None)
    if run is not None and run["status"] in ("FAILED", "CANCELLED"):
        sys.exit(1)
    return run is not None and run["status"] == "COMPLETED"


before: dict[str, Any] = {}
going: dict[str, int] = {}
for target in sys.argv[1:]:
    before[target] = get(f"/target/{target}/scores")["overallScore"]
    if SAME_CALLS:
        get(f"/target/{target}/test-runs")
    going[target] = trigger(target)
while going:
    time.sleep(INTERVAL_SECONDS)
    going = {target: run_id for target, run_id in going.items() if not is_over(target, run_id)}
failed = False
for target in sys.argv[1:]:
    score = get(f"/target/{target}/scores")["overallScore"]
    if SAME_CALLS:
        get(f"/target/{target}/test-runs")
    print(f"target {target}: {before[target]} -> {score}")
    failed = failed or score < 80
sys.exit(failed)
