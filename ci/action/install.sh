#!/usr/bin/env bash
# Puts keyplan on the path: the one that is there if it has the wanted version, else the binary of
# the release, else a build by cargo.
set -euo pipefail

version="${KEYPLAN_VERSION#v}"
home="${KEYPLAN_HOME:-https://github.com/keyplan/keyplan}"
bin="${RUNNER_TEMP:-/tmp}/keyplan/bin"
mkdir -p "$bin"

if [ -n "$version" ] && ! [[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+([-+.0-9A-Za-z]*)$ ]]; then
  echo "::error::\`$KEYPLAN_VERSION\` is no version; write one such as 0.1.0"
  exit 2
fi

if command -v keyplan >/dev/null; then
  there="$(keyplan --version)"
  if [ -z "$version" ] || [ "$there" = "keyplan $version" ]; then
    echo "$there is there already"
    exit 0
  fi
fi

case "${RUNNER_OS:-}-${RUNNER_ARCH:-}" in
  Linux-X64) target=x86_64-unknown-linux-gnu ;;
  Linux-ARM64) target=aarch64-unknown-linux-gnu ;;
  macOS-X64) target=x86_64-apple-darwin ;;
  macOS-ARM64) target=aarch64-apple-darwin ;;
  *) target="" ;;
esac

installed=no
if [ -n "$version" ] && [ -n "$target" ]; then
  archive="$home/releases/download/v$version/keyplan-$target.tar.gz"
  if curl --fail --silent --show-error --location --retry 3 --output "$bin/keyplan.tar.gz" "$archive"; then
    tar -xzf "$bin/keyplan.tar.gz" -C "$bin" keyplan
    installed=yes
  else
    echo "no binary at $archive; cargo builds it"
  fi
  rm -f "$bin/keyplan.tar.gz"
fi

if [ "$installed" = no ]; then
  revision=()
  [ -z "$version" ] || revision=(--tag "v$version")
  cargo install --locked --root "${bin%/bin}" --git "$home" ${revision[@]+"${revision[@]}"} keyplan
fi

"$bin/keyplan" --version
echo "$bin" >>"$GITHUB_PATH"
