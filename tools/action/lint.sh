#!/usr/bin/env bash
# What the action does once drplan is built: annotations on stdout, a summary for
# the job, the number of findings as an output, and lint's exit code as its own.
# Everything that a workflow says comes by the environment, never into this text.
set -euo pipefail

drplan=$1
flags=(--severity "${SEVERITY:-info}")
if [ -n "${RUNS:-}" ]; then flags+=(--runs "$RUNS"); fi
if [ -n "${CONFIG:-}" ]; then flags+=(--config "$CONFIG"); fi
set -f # patterns are drplan's to open
# shellcheck disable=SC2206 # they are separated by blanks
plans=(${PLANS:-.})
set +f

# The plans as they were, for what the change does to them. A checkout without
# history fetches that one commit; where that is refused, the summary says less.
base=${RUNNER_TEMP:-/tmp}/drplan-base
compare=()
if [ -n "${BASE_SHA:-}" ] && { git cat-file -e "$BASE_SHA^{commit}" || git fetch --quiet --depth=1 origin "$BASE_SHA"; } 2>/dev/null; then
  rm -rf "$base" && mkdir -p "$base"
  git archive "$BASE_SHA" | tar -x -C "$base"
  compare=(--base "$base")
fi

code=0
"$drplan" lint -o github "${flags[@]}" "${plans[@]}" || code=$?
if [ "$code" = 2 ]; then exit 2; fi # wrong inputs: there is nothing to summarise

findings=$("$drplan" lint -o json "${flags[@]}" "${plans[@]}" 2>/dev/null | grep -c '"rule":' || true)
echo "findings=$findings" >>"${GITHUB_OUTPUT:-/dev/null}"
"$drplan" lint -o markdown "${flags[@]}" "${compare[@]}" "${plans[@]}" >>"${GITHUB_STEP_SUMMARY:-/dev/null}" 2>/dev/null || true
exit "$code"
