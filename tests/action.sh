#!/usr/bin/env bash
# Runs the steps of the GitHub Action as the runner does, with the keyplan that was just built.
set -euo pipefail
cd "$(dirname "$0")/.."
repository="$(pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

export PATH="$repository/target/debug:$PATH"
export GITHUB_ACTION_PATH="$repository" GITHUB_WORKSPACE="$work" RUNNER_TEMP="$work/temp"
export GITHUB_OUTPUT="$work/output" GITHUB_PATH="$work/path"
export KEYPLAN_VERSION="" KEYPLAN_FILES="" KEYPLAN_BASE="" KEYPLAN_FAIL_ON="" KEYPLAN_MAX_COST_INCREASE=""
export KEYPLAN_ARGUMENTS="" KEYPLAN_SARIF="keyplan.sarif"

fail() { echo "tests/action.sh: $1"; exit 1; }
check() { # name, exit code, words of the output
  : >"$GITHUB_OUTPUT"
  (cd "$work" && bash "$GITHUB_ACTION_PATH/ci/action/check.sh") >"$work/log" 2>&1 || fail "$1: $(cat "$work/log")"
  grep -qx "exit-code=$2" "$GITHUB_OUTPUT" || fail "$1: $(cat "$GITHUB_OUTPUT" "$work/log")"
  grep -q -e "$3" "$work/log" || fail "$1: $(cat "$work/log")"
}

bash ci/action/install.sh | grep -q "is there already" || fail "install"
if KEYPLAN_VERSION='1; true' bash ci/action/install.sh >/dev/null; then fail "a version that is none"; fi


release="$work/home/releases/download/v9.9.9"
mkdir -p "$release"
tar -czf "$release/keyplan-x86_64-unknown-linux-gnu.tar.gz" -C target/debug keyplan
RUNNER_OS=Linux RUNNER_ARCH=X64 KEYPLAN_HOME="file://$work/home" KEYPLAN_VERSION=v9.9.9 bash ci/action/install.sh >/dev/null
grep -qx "$RUNNER_TEMP/keyplan/bin" "$GITHUB_PATH" || fail "the path of a release"
"$RUNNER_TEMP/keyplan/bin/keyplan" --version >/dev/null || fail "the binary of a release"

mkdir "$work/some designs"
cp fixtures/flawed.yaml fixtures/online-shop.yaml "$work/some designs"
check "findings" 1 "^::error file=some designs/flawed.yaml,line="
grep -qx "sarif-file=keyplan.sarif" "$GITHUB_OUTPUT" || fail "the report's name"
grep -q '"version": "2.1.0"' "$work/keyplan.sarif" || fail "the report"
KEYPLAN_FAIL_ON=never check "nothing fails" 0 "exit code 0"
KEYPLAN_FILES=$'some designs/online-shop.yaml\n' check "one file" 0 "exit code 0"
KEYPLAN_ARGUMENTS=$'--level\nfull-scan=off\n--fail-on=never' check "arguments" 0 "exit code 0"
KEYPLAN_ARGUMENTS="--formt" check "wrong arguments" 2 "unexpected argument"
grep -qx "has-report=false" "$GITHUB_OUTPUT" || fail "no report"
KEYPLAN_FILES="no-such.yaml" check "no file" 3 "cannot be read"

if command -v git >/dev/null; then
  export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org
  (cd "$work" && git init --quiet . && git add . && git commit --quiet --message base)
  KEYPLAN_BASE=HEAD check "nothing new" 0 "exit code 0"
  sed -i.bak 's|400/s|800/s|' "$work/some designs/online-shop.yaml"
  KEYPLAN_BASE=HEAD KEYPLAN_MAX_COST_INCREASE="1%" check "too dear" 1 "^::error title=keyplan cost::"
else
  echo "SKIPPED: there is no git"
fi
