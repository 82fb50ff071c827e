#!/usr/bin/env bash
# The built-in starter database: the table is right (against the shared feeds where they are), the check can fail, and a scan on a machine
# that never fetched anything finds what is in the table and says so.
set -u
TOP=${BULKHEAD_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
BULKHEAD=${BULKHEAD:-$TOP/build/bulkhead}
SHARED=${BULKHEAD_SHARED:-$TOP/../shared}
WORK=$(mktemp -d) || exit 2
trap 'rm -rf "$WORK"' EXIT
passed=0 failed=0

check() { # NAME COMMAND…
	local name=$1
	shift
	if "$@" >"$WORK/out" 2>&1; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "not ok $name"
		sed 's/^/  /' "$WORK/out" | head -40
		failed=$((failed + 1))
	fi
}

check "form of the table" "$TOP/tools/check-starter" "$TOP/data/starter.tsv"
if [ -d "$SHARED/feeds" ] && command -v zstd >/dev/null; then
	FEEDS=(--feeds "$SHARED/feeds")
	check "facts of the table against the feeds" "$TOP/tools/check-starter" "${FEEDS[@]}" "$TOP/data/starter.tsv"
else
	FEEDS=()
	echo "SKIP facts of the starter table: no advisory feeds beside the project"
fi

# Each edit makes one wrong statement; the check must notice it, and notice that one.
refused() { # SED-SCRIPT MESSAGE OPTIONS…
	local edit=$1 message=$2
	shift 2
	sed "$edit" "$TOP/data/starter.tsv" >"$WORK/wrong.tsv"
	! cmp -s "$TOP/data/starter.tsv" "$WORK/wrong.tsv" || { echo "the edit changes nothing"; return 1; }
	"$TOP/tools/check-starter" "$@" "$WORK/wrong.tsv" >"$WORK/said" 2>&1 && { echo "accepted"; return 1; }
	grep -q -- "$message" "$WORK/said" || { cat "$WORK/said"; return 1; }
}
check "refuses a severity that the vector denies" refused '/^CVE-2023-0286\t0/s/HIGH/LOW/' 'means HIGH'
check "refuses a fix before the start" refused 's/\t2\.0-beta9\t2\.3\.1\t/\t2.3.1\t2.0-beta9\t/' 'is not before fixed'
check "refuses rows out of order" refused '10{h;d};11{G}' 'in order'
check "refuses a fact said twice" refused '/^CVE-2023-0286.*Debian:11/p' 'said twice'
if [ ${#FEEDS[@]} -gt 0 ]; then
	check "refuses another fixed version" refused '/^CVE-2023-0286.*Debian:11/s/deb11u4/deb11u5/' '1.1.1n-0+deb11u5' "${FEEDS[@]}"
	check "refuses a wrong exploited flag" refused 's/^CVE-2023-0286\t0/CVE-2023-0286\t1/' 'CISA' "${FEEDS[@]}"
	check "refuses a feed fact that no feed knows" refused '/Debian:11\topenssl/s/openssl\t/opensesame\t/' 'no feed knows it' "${FEEDS[@]}"
	check "refuses a wrong gem version" refused '/^CVE-2019-5418.*actionview/s/4\.2\.11\.1/4.2.11/' 'is not patched' "${FEEDS[@]}"
	check "refuses a wrong composer version" refused '/^CVE-2017-9841.*phpunit/s/\t5\.6\.3\t/\t5.6.2\t/' '5.6.2' "${FEEDS[@]}"
fi

# A machine without a database: an empty cache folder.
ROOT=$WORK/root
mkdir -p "$ROOT/etc" "$ROOT/var/lib/dpkg" "$ROOT/app/node_modules/lodash" "$ROOT/app/node_modules/ws"
printf 'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\n' >"$ROOT/etc/os-release"
package() { printf 'Package: %s\nStatus: install ok installed\nArchitecture: amd64\nMaintainer: nobody\n%sVersion: %s\nDescription: test\n\n' "$1" "$3" "$2"; }
{
	package openssl 1.1.1n-0+deb11u3 ''
	package libc6 2.31-13+deb11u5 $'Source: glibc\n'
} >"$ROOT/var/lib/dpkg/status"
printf '{"name":"lodash","version":"4.17.20"}\n' >"$ROOT/app/node_modules/lodash/package.json"
printf '{"name":"ws","version":"7.5.10"}\n' >"$ROOT/app/node_modules/ws/package.json"
export XDG_CACHE_HOME=$WORK/cache
"$BULKHEAD" rootfs "$ROOT" >"$WORK/table" 2>&1
echo "exit code $?" >>"$WORK/table"
said() { grep -q -- "$1" "$WORK/table" || { cat "$WORK/table"; return 1; }; }
silent() { ! grep -q -- "$1" "$WORK/table" || { cat "$WORK/table"; return 1; }; }
check "scan without a database works" said '^exit code 0$'
check "finds CVE-2023-0286 of openssl" said 'CVE-2023-0286.*HIGH.*1\.1\.1n-0+deb11u4'
check "finds CVE-2023-4911 of glibc, exploited" said 'CVE-2023-4911.*KEV'
check "finds CVE-2021-23337 of lodash" said 'CVE-2021-23337'
check "nothing for a patched ws" silent 'CVE-2024-37890'
check "CVE-2022-39065 is not glibc's" silent 'CVE-2022-39065'
check "says that only the starter database was used" said 'starter database'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
