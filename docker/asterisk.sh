#!/usr/bin/env bash
# The switch of one installation: docker/asterisk.sh up|down|restart|logs|cli
# `up` does all that is needed and no more: engine, base image, image, first configuration, container.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ "$(id -u)" = 0 ]; then CTIAPP_UID=4573; else CTIAPP_UID=$(id -u); fi
export CTIAPP_UID

pyst2_files() { "$PYTHON" -c 'import os, asterisk; print(os.path.dirname(asterisk.__file__))' 2>/dev/null; }

# The image's tag is the hash of what goes into it, so it is rebuilt when that changes, and only then.
image_name() {
    local hash
    hash=$(cat "$DOCKER_DIR/Dockerfile" "$(pyst2_files)"/*.py | sha256sum | cut -c1-12)
    echo "ctiapp-asterisk:$hash"
}

build_image() {
    docker image inspect "$CTIAPP_IMAGE" >/dev/null 2>&1 && return 0
    "$DOCKER_DIR/base-image.sh"
    local context; context=$(mktemp -d)
    mkdir "$context/asterisk"
    cp "$DOCKER_DIR/Dockerfile" "$context/"
    cp "$(pyst2_files)"/*.py "$context/asterisk/"
    say "Building $CTIAPP_IMAGE."
    local log=$CTIAPP_HOST_STATE/build.log
    DOCKER_BUILDKIT=0 docker build --network host -t "$CTIAPP_IMAGE" "$context" >"$log" 2>&1 ||
        { tail -n 15 "$log" >&2; give_up "The image could not be built; the whole story is in $log."; }
    rm -rf "$context"
}

compose() { docker compose --project-directory "$DOCKER_DIR" -f "$DOCKER_DIR/compose.yml" "$@"; }

up() {
    "$DOCKER_DIR/engine.sh"
    [ -n "$(pyst2_files)" ] || give_up "pyst2 is missing: install the project into $PROJECT/.venv first."
    CTIAPP_IMAGE=$(image_name); export CTIAPP_IMAGE
    one_at_a_time image build_image
    prepare_configuration
    mkdir -p "$CTIAPP_STATE/asterisk-db" "$CTIAPP_STATE/asterisk/sounds"
    if [ "$(id -u)" = 0 ]; then chown "$CTIAPP_UID:$CTIAPP_UID" "$CTIAPP_STATE/asterisk-db"; fi
    chmod 0750 "$CTIAPP_STATE/asterisk-db"
    compose up -d >"$CTIAPP_STATE/compose.log" 2>&1 || { cat "$CTIAPP_STATE/compose.log" >&2; give_up "Asterisk did not start."; }
    wait_until_booted
}

running() { [ "$(docker inspect -f '{{.State.Running}}' "$CTIAPP_INSTANCE-asterisk" 2>/dev/null)" = true ]; }

# A running switch keeps what it runs: new values get in through `ctiapp config apply`, which checks them.
prepare_configuration() {
    if running && [ -e "$CTIAPP_STATE/asterisk/current/asterisk.conf" ]; then return 0; fi
    (cd "$PROJECT" && "$PYTHON" -m ctiapp.config.first)
}

cli() { docker exec "$CTIAPP_INSTANCE-asterisk" asterisk -C /etc/ctiapp/current/asterisk.conf -rx "$1"; }

wait_until_booted() {
    for _ in $(seq 60); do
        if running && cli "core waitfullybooted" 2>/dev/null | grep -q 'fully booted'; then return 0; fi
        sleep 0.25
    done
    docker logs --tail 20 "$CTIAPP_INSTANCE-asterisk" >&2 || true
    give_up "Asterisk did not come up; its last words are above."
}

# The image's name does not matter to these, but the compose file wants one.
export CTIAPP_IMAGE=${CTIAPP_IMAGE:-ctiapp-asterisk}
case ${1:-} in
    up) up ;;
    down) if docker inspect "$CTIAPP_INSTANCE-asterisk" >/dev/null 2>&1; then compose down --timeout 5 2>&1 | grep -v '^ ' >&2 || true; fi ;;
    restart) "$0" down && exec "$0" up ;;
    logs) shift; docker logs "$@" "$CTIAPP_INSTANCE-asterisk" ;;
    cli) shift; cli "$*" ;;
    *) give_up "usage: docker/asterisk.sh up|down|restart|logs|cli COMMAND" ;;
esac
