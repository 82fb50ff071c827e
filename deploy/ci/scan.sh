#!/bin/sh
# Gate an image from any pipeline: database, scan with gate and reports, bill of materials, difference to the branch it goes to.
#
#   IMAGE=registry.example/app:1.0 deploy/ci/scan.sh
#
# OUT          folder of reports (bulkhead-reports)          FAIL_ON      gate (critical,kev)
# BASE_REPORT  report.json of the branch it goes to, if any  BULKHEAD_…   every option, such as BULKHEAD_PASSWORD; see docs/cli.md
# BULKHEAD_CACHE_DIR  what the pipeline should keep between runs (.bulkhead-cache)
#
# Exit code: the gate's (1: not met), 2: nothing was judged. Reports are written either way.
set -eu
: "${IMAGE:?which image? IMAGE=registry.example/app:1.0 $0}"
OUT=${OUT:-bulkhead-reports}
FAIL_ON=${FAIL_ON:-critical,kev}
BULKHEAD_CACHE_DIR=${BULKHEAD_CACHE_DIR:-$PWD/.bulkhead-cache}
export BULKHEAD_CACHE_DIR
mkdir -p "$OUT"

bulkhead db update
gate=0
bulkhead image "$IMAGE" --fail-on "$FAIL_ON" --report "json=$OUT/report.json" --report "sarif=$OUT/report.sarif" --report "junit=$OUT/junit.xml" \
	--report "html=$OUT/report.html" || gate=$?
bulkhead sbom "$IMAGE" --output "$OUT/sbom.cdx.json"
if [ -s "${BASE_REPORT:-}" ]; then
	bulkhead image "$IMAGE" --compare "$BASE_REPORT" --format markdown --output "$OUT/compare.md"
fi
exit "$gate"
