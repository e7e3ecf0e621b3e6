#!/usr/bin/env bash
# Holds dashboard and rules against Prometheus itself: promtool, and a real one that scrapes a real server.
# Needs a build (`npm run build`). Installs Debian's package where it is missing; fails where it cannot.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v promtool >/dev/null || ! command -v prometheus >/dev/null; then
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends prometheus
fi
node --test-reporter=spec dist/test/run.js promtool
