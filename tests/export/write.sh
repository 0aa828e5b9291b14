#!/usr/bin/env bash
# Exports every model that can be exported in every format: write.sh KEYPLAN DIRECTORY. A design
# with a key that can be no key, as one of the fixtures has on purpose, is refused.
set -euo pipefail
keyplan="$1"
directory="$2"

models=(tests/export/every-setting.yaml)
for model in fixtures/*.yaml; do
  if [ "$(basename "$model")" != flawed.yaml ]; then
    models+=("$model")
  fi
done
rm -rf "$directory"
mkdir -p "$directory"
for model in "${models[@]}"; do
  name="$directory/$(basename "$model" .yaml)"
  "$keyplan" export "$model" --to cloudformation --output "$name.cloudformation.yaml"
  "$keyplan" export "$model" --to sam --output "$name.sam.yaml"
  "$keyplan" export "$model" --to cdk --output "$name.cdk.ts"
  "$keyplan" export "$model" --to sdk --output "$name.sdk.ts"
  "$keyplan" export "$model" --to shell --output "$name.sh"
  "$keyplan" export "$model" --to create-table --output "$name.create-table.json"
done 2>/dev/null
