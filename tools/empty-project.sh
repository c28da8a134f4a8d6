#!/usr/bin/env bash
# empty-project.sh: packs the library and uses it as a stranger does: installs the tarball with its peers and the cdk8s
# command line into an empty project and synthesizes the quick start there, as YAML and as a Helm chart.
# Needs `npm run compile` before. Exit status: 0 all of it worked.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

main() {
  local work
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$work'" EXIT
  npm pack --silent --pack-destination "$work" >"$work/tarball"
  cp examples/01-single/main.ts examples/01-single/cdk8s.yaml "$work"
  printf '{"compilerOptions":{"module":"node16","target":"es2022","skipLibCheck":true}}\n' >"$work/tsconfig.json"
  cd "$work"
  npm init --yes >/dev/null
  npm install --silent --no-fund --no-audit "./$(<tarball)" cdk8s constructs cdk8s-plus-28 cdk8s-cli ts-node typescript@6 @types/node@20
  npx cdk8s synth
  npx cdk8s synth --format helm --chart-api-version v2 --chart-version 1.0.0 --output chart
  if grep -rn '{{' chart/templates; then
    echo 'helm would evaluate these lines' >&2
    return 1
  fi
  printf 'a stranger gets %s objects from %s with cdk8s %s\n' "$(grep -c '^kind:' dist/*.yaml)" "$(<tarball)" \
    "$(node -p "require('cdk8s/package.json').version")"
}

main
