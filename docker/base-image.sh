#!/usr/bin/env bash
# Makes the image debian:forky-slim: pulled if a registry answers, else built from the Debian mirror that this
# machine's own apt sources name. Quick when it is there.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

present() { docker image inspect "$BASE_IMAGE" >/dev/null 2>&1; }

make_base() {
    present && return 0
    if timeout 20 docker pull -q "$BASE_IMAGE" >/dev/null 2>&1; then
        return 0
    fi
    is_debian_root || give_up "No image registry answers, and only root on Debian can build $BASE_IMAGE without one."
    local mirror work
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || give_up "No image registry answers and no Debian mirror is named in the apt sources."
    apt_install mmdebstrap debian-archive-keyring xz-utils
    say "No image registry answers: building $BASE_IMAGE from the Debian mirror."
    work=$(mktemp -d)
    # The mirror may be a snapshot, whose Release file is out of date by design.
    mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Check-Valid-Until "false"' \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --include=ca-certificates "$SUITE" "$work/base.tar" "$mirror" >&2
    docker import "$work/base.tar" "$BASE_IMAGE" >/dev/null
    rm -rf "$work"
}

present || one_at_a_time base-image make_base
