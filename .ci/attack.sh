#!/usr/bin/env bash
# The long round of the attack tests, on a build: 100,000 made-up inputs for every parser, and foreign corpora of raw
# requests where their files are given. Usage: .ci/attack.sh [FILE.json ...]
set -euo pipefail
cd "$(dirname "$0")/.."

export HOOKWARD_FUZZ_RUNS="${HOOKWARD_FUZZ_RUNS:-100000}"
node --test --test-reporter=spec dist/test/attack/*Parsers.test.js dist/test/unit/ingress/proxyProtocol.test.js
if [ $# -gt 0 ]; then node dist/test/attack/corpus.js "$@"; fi
