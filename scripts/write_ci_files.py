#!/usr/bin/env python3
"""Write action.yml, native/action.yml and templates/probe-gate.yml from the declarations of the options.

Run it after a change to src/probe_gate/options; a test fails while the files differ from what it writes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

from probe_gate import __version__, home
from probe_gate.options import options_of
from probe_gate.options.option import Option

ROOT = Path(__file__).resolve().parent.parent

ACTION_HEAD = """\
# Written by scripts/write_ci_files.py from the declarations in src/probe_gate/options: change it there.
name: Probe gate
description: "A CI gate for SplxAI Probe: run the probes, judge the scores, fail the build with a reason."
branding:
  icon: shield
  color: purple
inputs:
  command:
    description: "What to do: run, check, or merge followed by the directories of the parts."
    default: run
  api-key:
    description: "The API key, from a secret. You can set the variable SPLX_API_KEY instead."
  comment-token:
    description: "Token for the comment on the pull request."
    default: ${{ github.token }}
"""

ACTION_OUTPUTS = """\
outputs:
  outcome:
    description: "passed, failed, config-error, auth-error, platform-error, run-ended, timed-out, inconclusive, skipped, internal-error or cancelled."
  exit-code:
    description: "The exit code; 1 always means that the policy is broken. A softened outcome is 0: use outcome to see whether the policy is broken."
  score:
    description: "The overall score, the lowest of several targets. Empty if it could not be judged."
  test-run-id:
    description: "The id of the test run; several are separated by commas."
  test-run-url:
    description: "The page of the test run; of several targets, that of the first one that did not pass."
  report-dir:
    description: "Directory of the reports, relative to the workspace."
  junit-path:
    description: "Path of junit.xml, relative to the workspace."
  failed-checks:
    description: "The checks that failed, one per line, such as Support bot: overall-score 91, minimum 95."
"""

DOCKER_RUNS = """\
runs:
  using: docker
  image: Dockerfile
  args:
    - ${{ inputs.command }}
  # Cancel the run of a gate that was killed before it could do so itself.
  post-entrypoint: /usr/local/bin/probe-gate-cleanup
  post-if: always()
"""

NATIVE_RUNS = """\
runs:
  using: node24
  main: main.js
  # Cancels the run of a gate that was killed before it could do so itself.
  post: post.js
  post-if: always()
"""

ACTION_DEFAULTS = {
    # The jobs of a matrix have the same name; without this, one could continue another's run.
    "job-key": "${{ toJSON(matrix) }}",
}

TEMPLATE_HEAD = """\
# Written by scripts/write_ci_files.py from the declarations in src/probe_gate/options: change it there.
# The API key comes from a masked variable SPLX_API_KEY (or a variable of type file, SPLX_API_KEY_FILE) of the project.
spec:
  inputs:
    job-name:
      description: "Name of the job."
      default: probe-gate
    stage:
      description: "Stage of the job."
      default: test
    image:
      description: "The image to run in."
      default: @IMAGE@
    resource-group:
      description: "Jobs of one group wait for each other, so that two gates never start a run on the same target at once."
      default: probe-gate
    allow-failure-exit-codes:
      description: "Exit codes that are shown as a warning, without failing the pipeline, such as [4, 6, 7]. The gate never exits with 200."
      type: array
      default: [200]
    artifacts-access:
      description: "Who may read the reports."
      default: developer
      options: [all, developer, none]
"""

TEMPLATE_JOB_HEAD = """\
---
"$[[ inputs.job-name ]]":
  stage: "$[[ inputs.stage ]]"
  image: "$[[ inputs.image ]]"
  resource_group: "$[[ inputs.resource-group ]]"
  allow_failure:
    exit_codes: $[[ inputs.allow-failure-exit-codes ]]
  variables:
    # The gate needs the policy file only, not the history.
    GIT_DEPTH: "1"
"""

TEMPLATE_JOB_TAIL = """\
  after_script:
    # Cancel the run of a gate that was killed before it could do so itself.
    - probe-gate cleanup --report-dir="$GATE_INPUT_REPORT_DIR"
  artifacts:
    when: always
    access: "$[[ inputs.artifacts-access ]]"
    expire_in: 30 days
    paths:
      - "$[[ inputs.report-dir ]]/"
    reports:
      junit: "$[[ inputs.report-dir ]]/junit.xml"
      dotenv: "$[[ inputs.report-dir ]]/gate.env"
      annotations: "$[[ inputs.report-dir ]]/annotations.json"
"""

IMAGE = f"{home.image()}:1"

RUN_OPTIONS = options_of("run")
"""The options of the action and the component."""


def action() -> str:
    """Return the text of action.yml, which runs the gate in a container."""
    return _action(DOCKER_RUNS)


def native_action() -> str:
    """Return the text of native/action.yml, which runs the gate without a container."""
    return _action(NATIVE_RUNS)


def _action(runs: str) -> str:
    lines = [ACTION_HEAD]
    for option in RUN_OPTIONS:
        lines.append(f"  {option.name}:\n    description: {describe(option)}\n")
        if option.name in ACTION_DEFAULTS:
            lines.append(f"    default: {ACTION_DEFAULTS[option.name]}\n")
    return "".join([*lines, ACTION_OUTPUTS, runs])


def template() -> str:
    """Return the text of the GitLab component."""
    lines = [TEMPLATE_HEAD.replace("@IMAGE@", IMAGE)]
    for option in RUN_OPTIONS:
        default = option.default if option.name == "report-dir" else ""
        lines.append(
            f"    {option.name}:\n      description: {describe(option)}\n      default: {json.dumps(default)}\n"
        )
        if option.choices or option.is_switch:
            choices = ["", *(option.choices or ("true", "false"))]
            lines.append(f"      options: {json.dumps(choices)}\n")
    lines.append(TEMPLATE_JOB_HEAD)
    lines += [f'    {variable_of(option)}: "$[[ inputs.{option.name} ]]"\n' for option in RUN_OPTIONS]
    # Flags, because a variable of the project's settings would win over one that stands here.
    lines.append("  script:\n    - >-\n      probe-gate run\n")
    lines += [f'      {option.flag}="${variable_of(option)}"\n' for option in RUN_OPTIONS]
    return "".join([*lines, TEMPLATE_JOB_TAIL])


def variable_of(option: Option) -> str:
    """Return the variable that passes an input of the component to the script."""
    return "GATE_INPUT_" + option.name.upper().replace("-", "_")


def describe(option: Option) -> str:
    """Return the help text of an option, with its choices and default, as a YAML string."""
    text = option.help
    if option.choices:
        text += f" One of: {', '.join(option.choices)}."
    if option.default:
        text += f" Default: {option.default}."
    return json.dumps(text, ensure_ascii=False)


def with_template(text: str, template_text: str) -> str:
    """Return a pipeline that includes the template of this version by its address, with the hash that GitLab checks."""
    digest = base64.b64encode(hashlib.sha256(template_text.encode("utf-8")).digest()).decode()
    text = re.sub(r"(?<=/probe-gate/)v[^/]+(?=/templates/)", f"v{__version__}", text)
    return re.sub(r"integrity: sha256-\S*", f"integrity: sha256-{digest}", text)


def main() -> None:
    (ROOT / "action.yml").write_text(action(), encoding="utf-8")
    (ROOT / "native" / "action.yml").write_text(native_action(), encoding="utf-8")
    (ROOT / "templates" / "probe-gate.yml").write_text(template(), encoding="utf-8")
    including = ROOT / "examples" / "gitlab" / "remote.gitlab-ci.yml"
    including.write_text(with_template(including.read_text(encoding="utf-8"), template()), encoding="utf-8")


if __name__ == "__main__":
    main()
