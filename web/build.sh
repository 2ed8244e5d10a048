#!/bin/sh
# Builds the browser's side into web/dist/. Does nothing that is already done: `npm ci` only when the lock file changed,
# the build only when a source changed. Needs node >= 20.19 on PATH, or installs one into the project's .venv.
set -eu
cd "$(dirname "$0")"
. ./node.sh

sources() {
  cat package-lock.json build.mjs tsconfig.json build.sh
  find src -type f | LC_ALL=C sort | while read -r file; do printf '%s\n' "$file"; cat "$file"; done
}

install_packages
stamp=$(sources | cksum)
if [ "$(cat dist/.stamp 2>/dev/null || true)" != "$stamp" ]; then
  node build.mjs
  printf '%s\n' "$stamp" >dist/.stamp
fi
size() { cat "$@" | gzip -9 -c | wc -c; }
printf 'widget first load: %s bytes gzipped (goal: under 25000); its panel, when someone goes for the button: %s\n' \
  "$(size dist/widget.js)" "$(size dist/assets/app-*.js)"
