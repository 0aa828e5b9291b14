#!/usr/bin/env bash
# Runs the exported scripts on an emulator, and keeps what it then says of all tables:
# create.sh TOOLS DIRECTORY, with `aws`, its Python and `ministack` in TOOLS.
set -euo pipefail
tools="$1"
directory="$2"
export PATH="$tools:$PATH"

port=18417
export ENDPOINT="http://127.0.0.1:$port"
GATEWAY_PORT="$port" ministack >"$directory/emulator.log" 2>&1 &
emulator=$!
trap 'kill "$emulator" 2>/dev/null || true' EXIT
for _ in $(seq 120); do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    break
  fi
  sleep 0.25
done

export AWS_DEFAULT_REGION=us-east-1
for script in "$directory"/*.sh; do
  bash "$script" >/dev/null
done
python - "$ENDPOINT" >"$directory/described.json" <<'PYTHON'
import json
import sys

from botocore.session import Session

client = Session().create_client(
    "dynamodb", endpoint_url=sys.argv[1], aws_access_key_id="local", aws_secret_access_key="local"
)
tables = client.list_tables()["TableNames"]
print(json.dumps([client.describe_table(TableName=table)["Table"] for table in tables], default=str, indent=1))
PYTHON
