#!/usr/bin/env bash
# The whole suite: style and types, the browser's own tests, then Python's against the real parts. With arguments: those
# tests alone. What is marked `long` is not in it: `make faults` runs that.
#
# Python's run in three parts side by side, each with a switch, a database and ports of its own: real calls mostly wait.
# Real telephones and browsers share one machine here: a test that failed is tried once more with nothing else running,
# and said so; it counts as passed only if it passes then.
set -euo pipefail
cd "$(dirname "$0")/.."

part() { # LANE ARGUMENTS...
    CTIAPP_TEST_LANE=$1 .venv/bin/python -m pytest -o "cache_dir=.pytest_cache/$1" "${@:2}"
}
once_more() { # LANE ARGUMENTS...
    echo "Some tests failed (above). Once more, those alone:"
    part "$1" --last-failed --last-failed-no-failures none "${@:2}"
}

.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy ctiapp/core ctiapp/switch
web/test.sh
if (($#)); then
    part 0 "$@" || once_more 0 "$@"
    exit
fi

usual="not long"
calls="tests/calls"
switch="tests/faults tests/config tests/operations tests/switch tests/core tests/store tests/progress tests/servers/call_requests"
others="tests $(printf -- '--ignore=%s ' $calls $switch)"
parts=("$calls" "$switch" "$others")

logs=$(mktemp -d)
trap 'rm -rf "$logs"; kill $(jobs -p) 2>/dev/null || true' EXIT
running=()
for lane in 1 2; do
    part $lane -m "$usual" ${parts[lane]} >"$logs/$lane" 2>&1 &
    running[lane]=$!
done
failed=()
part 0 -m "$usual" ${parts[0]} || failed+=(0)
for lane in 1 2; do
    wait ${running[lane]} || failed+=($lane)
    cat "$logs/$lane"
done
for lane in ${failed[@]+"${failed[@]}"}; do once_more "$lane" -m "$usual" ${parts[lane]}; done
