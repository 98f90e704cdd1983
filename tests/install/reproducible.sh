#!/usr/bin/env bash
# Builds the library, the command with its modules, and their packages twice, in folders of different
# length, with another umask, time zone and language, and without a compiler cache: each file has to have the
# same bytes. The operators, which take most of the time, are compiled and packed in the same way.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset CMAKE_C_COMPILER_LAUNCHER SOURCE_DATE_EPOCH

# build FOLDER: the tracked files are copied to FOLDER/source.
build() {
    mkdir -p "$1/source" &&
        (cd "$root" && git ls-files -z | tar -c --null -T -) | tar -x -C "$1/source" &&
        cmake -S "$1/source" -B "$1/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr \
            -DHINGE_BUILD_TESTS=OFF &&
        cmake --build "$1/build" --target hinge_man_pages hinge_completion &&
        umask 022 && # which is in the package's own archive
        cpack --config "$1/build/CPackConfig.cmake" -B "$1/build/packages" \
            -D "CPACK_COMPONENTS_ALL=lib;command;dev"
}
give_up() {
    tail -n 30 "$scratch/log"
    exit 1
}
build "$scratch/one" >"$scratch/log" 2>&1 || give_up
(umask 077 && export TZ=Asia/Kathmandu LC_ALL=C.UTF-8 && build "$scratch/folder/of/the/other") \
    >"$scratch/log" 2>&1 || give_up

cd "$scratch/one/build"
n=0 status=0
while read -r file; do
    n=$((n + 1))
    cmp "$file" "$scratch/folder/of/the/other/build/$file" || status=1
done < <(find bin lib* packages -type f -not -path '*/_CPack_Packages/*')
echo "$n files compared"
[ "$n" -ge 8 ] || status=1
exit $status
