#!/bin/sh
# No base policy: a change can lower its own limits here. With one: ../buildkite/pipeline.yml.
# The gate with plain docker run, for any system that has a shell. Run it in the checkout.
# Needs: SPLX_API_KEY, SPLX_WORKSPACE_ID and SPLX_TARGET_ID in the environment, and .probe-gate.yml in the checkout.
set -eu
image=${PROBE_GATE_IMAGE:-ghcr.io/OWNER/probe-gate:1}

# One gate at a time on a target of this machine: the scores of overlapping runs cannot be separated.
exec 9> "/tmp/probe-target-$SPLX_TARGET_ID.lock"
flock 9

# It writes nothing but the report directory, needs no privileges, and talks only to the platform. The engine passes
# SIGINT and SIGTERM on to the gate, which cancels its run; the exit code says why it ended.
exec docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges --user "$(id -u):$(id -g)" \
  --volume "$PWD:$PWD" --workdir "$PWD" \
  --env SPLX_API_KEY --env SPLX_API_URL --env SPLX_WORKSPACE_ID --env SPLX_TARGET_ID \
  "$image" run --on-missing-key skip-forks "$@"
