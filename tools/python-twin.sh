#!/usr/bin/env bash
# python-twin.sh: builds the Python package, installs it into an environment of its own and proves that examples/01-single
# in Python synthesizes the same bytes as in TypeScript. Needs `npm run compile` before. Exit status: 0 the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

main() {
  local work
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$work'" EXIT
  npx jsii-pacmak --target python --outdir "$work/dist" >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2 && return 1; }
  python3 -m venv "$work/environment"
  "$work/environment/bin/pip" install --quiet --disable-pip-version-check "$work"/dist/python/*.whl
  CDK8S_OUTDIR=$work/python "$work/environment/bin/python" examples/01-single/main.py
  CDK8S_OUTDIR=$work/typescript npx ts-node --project examples/tsconfig.json examples/01-single/main.ts
  diff -r "$work/python" "$work/typescript"
  printf 'Python and TypeScript synthesize the same %s bytes\n' "$(cat "$work"/python/* | wc -c)"
}

main
