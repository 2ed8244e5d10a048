#!/usr/bin/env bash
# The whole suite: style and types, the browser's own tests, then Python's against the real parts.
# Real telephones and browsers share one machine here: a test that failed is tried once more by itself, and said so; it
# counts as passed only if it passes then, with nothing else running.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy ctiapp/core ctiapp/switch
web/test.sh
if .venv/bin/python -m pytest "$@"; then exit 0; fi
echo "Some tests failed (above). Once more, those alone:"
exec .venv/bin/python -m pytest --last-failed --last-failed-no-failures none "$@"
