#!/usr/bin/env bash
# Makes sure that a Docker engine answers and that `docker compose` is version 2. Quick when both are so.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

answers() { timeout 10 docker info >/dev/null 2>&1; }

start_engine() {
    answers && return 0
    local answer; answer=$(timeout 10 docker info 2>&1) || true
    if [[ $answer = *"permission denied"* ]]; then
        give_up "Docker runs, but $(id -un) may not use it: add them to the group docker, or run this as root."
    fi
    is_debian_root || give_up "No Docker engine answers: install Docker with Compose v2 and start it, or run this as root on Debian."
    apt_install docker.io mmdebstrap debian-archive-keyring xz-utils ca-certificates iproute2 procps
    local log=$CTIAPP_HOST_STATE/dockerd.log
    say "No Docker engine answers: starting dockerd in the background (log: $log)."
    # No bridge and no firewall rules: the containers use the host's network, and the host is left as it was.
    setsid nohup dockerd --bridge=none --iptables=false >>"$log" 2>&1 </dev/null 9>&- &
    for _ in $(seq 60); do
        answers && return 0
        sleep 0.5
    done
    tail -n 5 "$log" >&2
    give_up "dockerd did not come up in 30 s; see $log."
}

compose_works() { docker compose version --short 2>/dev/null | grep -qE '^v?[2-9]\.|^v?[1-9][0-9]+\.'; }

# Debian's own Compose v2 is one binary, but only from trixie on; we take that one file out of the package.
fetch_compose() {
    compose_works && return 0
    is_debian_root || give_up "Docker Compose v2 is missing: install the docker-compose-plugin of your system."
    local mirror work arch
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || give_up "Docker Compose v2 is missing and no Debian mirror is named in the apt sources."
    arch=$(dpkg --print-architecture)
    work=$(mktemp -d)
    say "Docker Compose v2 is missing: taking it from Debian $SUITE."
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/parts"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $SUITE main" >"$work/sources.list"
    # An apt of our own with one source: the machine's sources and lists are not touched.
    local apt=(apt-get -qq -o "Dir::Etc::SourceList=$work/sources.list" -o "Dir::Etc::SourceParts=$work/parts"
        -o "Dir::Etc::PreferencesParts=$work/parts" -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache"
        -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none -o APT::Sandbox::User=root)
    "${apt[@]}" update >&2
    (cd "$work" && "${apt[@]}" download "docker-compose:$arch" >&2)
    dpkg-deb --fsys-tarfile "$work"/docker-compose_*.deb | tar -xf - -C "$work"
    local plugins=${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins binary
    binary=$(find "$work/usr" -type f -name docker-compose -size +1M | head -n 1)
    [ -n "$binary" ] || give_up "Debian's docker-compose package holds no binary of that name."
    mkdir -p "$plugins"
    install -m 0755 "$binary" "$plugins/docker-compose"
    rm -rf "$work"
    compose_works || give_up "The Compose v2 binary of Debian $SUITE does not run here."
}

command -v docker >/dev/null || is_debian_root ||
    give_up "Docker is missing: install Docker with Compose v2, or run this as root on Debian."
answers || one_at_a_time engine start_engine
compose_works || one_at_a_time compose fetch_compose
