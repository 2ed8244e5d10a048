#!/bin/sh
# Types, lint and the unit tests of the browser's side.
set -eu
cd "$(dirname "$0")"
. ./node.sh
install_packages
npm run --silent types
npm run --silent lint
npm run --silent test
