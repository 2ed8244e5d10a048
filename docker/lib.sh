# Shared by the scripts of this folder: where things are, which ports, and how to speak. Sourced, not run.
# The same names and defaults as ctiapp/settings.py.
set -euo pipefail

HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}  # some that start services leave it out
export HOME
DOCKER_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PROJECT=$(dirname "$DOCKER_DIR")
CTIAPP_STATE=$(realpath -m "${CTIAPP_STATE:-$PROJECT/.state}")
CTIAPP_INSTANCE=${CTIAPP_INSTANCE:-ctiapp}
CTIAPP_HOST_STATE=$(realpath -m "${CTIAPP_HOST_STATE:-${XDG_STATE_HOME:-$HOME/.local/state}/ctiapp}")
BASE_IMAGE=debian:forky-slim
SUITE=forky
PYTHON=$PROJECT/.venv/bin/python
[ -x "$PYTHON" ] || PYTHON=python3
export CTIAPP_STATE CTIAPP_INSTANCE PROJECT

say() { echo "$*" >&2; }
give_up() { say "$*"; exit 1; }

# May we install packages here?
is_debian_root() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

# apt_install PACKAGE...: only what is missing; one sentence says so.
apt_install() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return 0
    say "Installing with apt: ${missing[*]}."
    local log; log=$(mktemp)
    { apt-get -o Acquire::Check-Valid-Until=false update &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 ||
        { tail -n 5 "$log" >&2; give_up "apt could not install ${missing[*]}; the whole story is in $log."; }
    rm -f "$log"
}

# The address of the Debian archive that this machine's own apt sources name.
debian_mirror() {
    local codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 'Component: main' |
        awk -v want="$codename" '$1 == want { print $2; exit }'
}

# one_at_a_time NAME COMMAND...: waits for others who do the same, whatever project they belong to.
one_at_a_time() {
    local name=$1; shift
    mkdir -p "$CTIAPP_HOST_STATE"
    (flock 9; "$@") 9>"$CTIAPP_HOST_STATE/$name.lock"
}
