#!/usr/bin/env bash
# The whole suite: style and types, the browser's own tests, then Python's against the real parts.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy ctiapp/core ctiapp/switch
web/test.sh
exec .venv/bin/python -m pytest "$@"
