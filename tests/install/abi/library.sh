#!/usr/bin/env bash
# Compares the library's interface, and that of plugins, with the dumps of the last release, which are in
# this folder by the number that is raised when one breaks: of libhinge.so.N for programs, HINGE_ABI for
# plugins. A release renews them. Usage: library.sh [--renew] COMPILER MAJOR-VERSION
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
renew=()
if [ "$1" = --renew ]; then
    renew=(--renew)
    shift
fi
compiler=$1 major=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if ! { cmake -S "$root" -B "$scratch/build" -G Ninja -DCMAKE_C_COMPILER="$compiler" \
    -DCMAKE_BUILD_TYPE=Debug -DHINGE_BUILD_TESTS=OFF &&
    cmake --build "$scratch/build" --target hinge; } >"$scratch/log" 2>&1; then
    cat "$scratch/log"
    exit 1
fi
headers=$root/runtime/include
"$compiler" -std=c11 -g -fPIC -shared -I"$headers" "$root/tools/examples/snake.c" -lm -o "$scratch/snake.so"
abi=$(sed -n 's/^#define HINGE_ABI \([0-9]*\)u$/\1/p' "$headers/hinge/plugin.h")

# check OBJECT NAME
check() {
    local dump=$here/$2.abi
    if [ ! -e "$dump" ] && [ ${#renew[@]} -eq 0 ]; then
        echo "there is no $2.abi: a release with a new number makes it, by library.sh --renew"
        return 1
    fi
    "$here/check_abi" "${renew[@]}" "$headers" "$1" "$dump"
}
status=0
check "$scratch/build"/lib*/libhinge.so."$major" "libhinge.so.$major" || status=1
check "$scratch/snake.so" "plugin.$abi" || status=1
exit $status
