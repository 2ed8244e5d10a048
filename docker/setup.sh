#!/usr/bin/env bash
# docker/setup.sh run|test: all that the product (run) or its tests (test) need, from a clean clone. Fast when all is there.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

python_that_fits() {
    local candidate
    for candidate in python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

pip() { "$PROJECT/.venv/bin/pip" --disable-pip-version-check "$@"; }

make_environment() {
    local lock=$1 stamp
    stamp=$PROJECT/.venv/installed-$(cat "$PROJECT/requirements.lock" "$lock" "$PROJECT/setup.cfg" | sha256sum | cut -c1-16)
    [ -e "$stamp" ] && return 0
    if ! python_that_fits >/dev/null; then
        is_debian_root || give_up "Python 3.11 or newer with the venv module is needed: please install it."
        apt_install python3 python3-venv
    fi
    [ -x "$PROJECT/.venv/bin/python" ] || "$(python_that_fits)" -m venv "$PROJECT/.venv"
    say "Installing the Python packages of $(basename "$lock")."
    local log; log=$(mktemp)
    { pip install -r "$lock" && pip install --no-deps --no-build-isolation -e "$PROJECT"; } >"$log" 2>&1 ||
        { tail -n 15 "$log" >&2; give_up "The Python packages could not be installed; the whole story is in $log."; }
    rm -f "$log"
    touch "$stamp"
}

# Debian's package also starts one for everybody; the tests start their own.
turn_server() {
    command -v turnserver >/dev/null && return 0
    apt_install coturn
    if [ -d /run/systemd/system ]; then systemctl disable --now coturn >/dev/null 2>&1 || true; fi
}

programs_for_tests() {
    local need=(sip-tester baresip-core baresip-ffmpeg tshark chromium)
    if is_debian_root; then apt_install "${need[@]}"; turn_server; return 0; fi
    for program in sipp baresip tshark chromium turnserver; do
        command -v "$program" >/dev/null || give_up "$program is needed for the tests: please install it."
    done
}

what=${1:-run}
case $what in
    run) make_environment "$PROJECT/requirements.lock" ;;
    test) programs_for_tests; make_environment "$PROJECT/requirements-test.lock" ;;
    *) give_up "usage: docker/setup.sh run|test" ;;
esac
"$PROJECT/web/build.sh" >&2
