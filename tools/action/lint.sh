#!/usr/bin/env bash
# What the action does once drplan is built: annotations on stdout, a summary for
# the job, the number of findings as an output, and lint's exit code as its own. The
# plans are judged once. Everything that a workflow says comes by the environment,
# never into this text.
set -euo pipefail

drplan=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=(--severity "${SEVERITY:-info}" -o github -o "json=$work/findings.json" -o "markdown=$work/summary.md")
if [ -n "${RUNS:-}" ]; then flags+=(--runs "$RUNS"); fi
if [ -n "${CONFIG:-}" ]; then flags+=(--config "$CONFIG"); fi
set -f # patterns are drplan's to open
# shellcheck disable=SC2206 # they are separated by blanks
plans=(${PLANS:-.})
set +f

# The plans as they were, for what the change does to them. A checkout without
# history fetches that one commit; where that is refused, the summary says less.
if [ -n "${BASE_SHA:-}" ] && { git cat-file -e "$BASE_SHA^{commit}" || git fetch --quiet --depth=1 origin "$BASE_SHA"; } 2>/dev/null; then
  mkdir "$work/base"
  if git archive "$BASE_SHA" | tar -x -C "$work/base"; then flags+=(--base "$work/base"); fi
fi

code=0
"$drplan" lint "${flags[@]}" "${plans[@]}" || code=$?

# Where lint could not run there is no file, and no number: none is not 0.
if [ -s "$work/findings.json" ]; then
  findings=$(grep -c '"rule":' "$work/findings.json" || true)
  echo "findings=$findings" >>"${GITHUB_OUTPUT:-/dev/null}"
fi
if [ -s "$work/summary.md" ]; then
  head -c 1000000 "$work/summary.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}" # GitHub takes 1 MiB, or nothing
fi
exit "$code"
