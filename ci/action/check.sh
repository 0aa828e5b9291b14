#!/usr/bin/env bash
# Checks the models, writes the SARIF report, and marks the lines in the pull request. The exit code
# is an output, so that the report can be uploaded before the job fails.
set -euo pipefail

arguments=()
[ -z "$KEYPLAN_BASE" ] || arguments+=("--base=$KEYPLAN_BASE")
[ -z "$KEYPLAN_FAIL_ON" ] || arguments+=("--fail-on=$KEYPLAN_FAIL_ON")
[ -z "$KEYPLAN_MAX_COST_INCREASE" ] || arguments+=("--max-cost-increase=$KEYPLAN_MAX_COST_INCREASE")
while IFS= read -r line; do
  [ -z "$line" ] || arguments+=("$line")
done <<<"$KEYPLAN_ARGUMENTS"
arguments+=(--)
while IFS= read -r line; do
  [ -z "$line" ] || arguments+=("$line")
done <<<"$KEYPLAN_FILES"

# A format among the arguments would take the place of SARIF; options given twice are refused.
code=0
keyplan check --format sarif "${arguments[@]}" >"$KEYPLAN_SARIF" || code=$?
has_report=false
if [ -s "$KEYPLAN_SARIF" ]; then
  has_report=true
  # The same as annotations; the exit code and the messages on standard error are those of above.
  keyplan check --format github "${arguments[@]}" 2>/dev/null || true
fi

directory="$(pwd)"
top="${GITHUB_WORKSPACE:-$directory}"
case "$KEYPLAN_SARIF" in
  /*) report="$KEYPLAN_SARIF" ;;
  *) report="$directory/$KEYPLAN_SARIF" ;;
esac
{
  echo "sarif-file=${report#"$top"/}"
  echo "has-report=$has_report"
  echo "exit-code=$code"
} >>"$GITHUB_OUTPUT"
echo "keyplan check ended with exit code $code"
