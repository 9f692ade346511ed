#!/usr/bin/env bash
# What people write today, with curl and jq: trigger, ask every INTERVAL seconds, read the scores.
# gate.sh TARGET...
set -euo pipefail

api=$SPLX_API_URL/api/workspaces/$SPLX_WORKSPACE_ID
ask() { curl --silent --show-error --fail --header "X-Api-Key: $SPLX_API_KEY" "$@"; }

declare -A run before
for target in "$@"; do
  before[$target]=$(ask "$api/target/$target/scores" | jq .overallScore)
  body='{"targetId":'$target',"probeIds":null,"name":"gate","notifyWhenFinished":false,"runAiAnalysis":false}'
  run[$target]=$(ask --header 'Content-Type: application/json' --data "$body" "$api/test-run/trigger" | jq .testRunId)
done

going=("$@")
while ((${#going[@]})); do
  sleep "${INTERVAL:-5}"
  asked=("${going[@]}")
  going=()
  for target in "${asked[@]}"; do
    status=$(ask "$api/target/$target/test-runs" | jq --raw-output ".[] | select(.id == ${run[$target]}) | .status")
    case $status in
      COMPLETED) ;;
      FAILED | CANCELLED) exit 1 ;;
      *) going+=("$target") ;;
    esac
  done
done

code=0
for target in "$@"; do
  score=$(ask "$api/target/$target/scores" | jq .overallScore)
  echo "target $target: ${before[$target]} -> $score"
  ((score >= 80)) || code=1
done
exit "$code"
