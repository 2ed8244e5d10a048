#!/usr/bin/env bash
# The whole suite: style and types, the browser's own tests, then Python's against the real parts. With arguments: those
# tests alone.
#
# Python's run in two halves side by side, each with a switch, a database and ports of its own: real calls mostly wait.
# Real telephones and browsers share one machine here: a test that failed is tried once more with nothing else running,
# and said so; it counts as passed only if it passes then.
set -euo pipefail
cd "$(dirname "$0")/.."

half() { # LANE ARGUMENTS...
    CTIAPP_TEST_LANE=$1 .venv/bin/python -m pytest -o "cache_dir=.pytest_cache/$1" "${@:2}"
}
once_more() { # LANE ARGUMENTS...
    echo "Some tests failed (above). Once more, those alone:"
    half "$1" --last-failed --last-failed-no-failures none "${@:2}"
}

.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy ctiapp/core ctiapp/switch
web/test.sh
if (($#)); then
    half 0 "$@" || once_more 0 "$@"
    exit
fi

calls=(tests/calls tests/faults tests/config tests/operations)
others=(tests "${calls[@]/#/--ignore=}")
log=$(mktemp)
trap 'rm -f "$log"; kill $(jobs -p) 2>/dev/null || true' EXIT
half 1 "${others[@]}" >"$log" 2>&1 &
calls_failed=0 others_failed=0
half 0 "${calls[@]}" || calls_failed=1
wait $! || others_failed=1
cat "$log"
if ((calls_failed)); then once_more 0 "${calls[@]}"; fi
if ((others_failed)); then once_more 1 "${others[@]}"; fi
