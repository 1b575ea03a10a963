#!/usr/bin/env bash
# Does tools/bench say what it measured? Ratios, spreads, the load of others and the table; and does the load generator
# look for every hold that was placed, be it late?
#
# Environment: HOLDFAST_BIN, a folder with the built executables; tools/test sets it.
set -euo pipefail
# shellcheck source=../../tools/lib/report.sh
source "$(dirname "$0")/../../tools/lib/report.sh"
[[ -x ${HOLDFAST_BIN:-}/loadgen ]] || fail "HOLDFAST_BIN must name a folder with the executables; tools/test makes one"
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PROJECT/tools
exec python3 -m unittest discover --start-directory "$PROJECT/Tests/acceptance/bench" --verbose
