# Read by the scripts beside it: a scratch folder in $scratch with Hinge installed, and moved after
# that, in $prefix; the library, shared or static, in $library; what pkg-config says of it, with
# more arguments, by ask_pkg_config; examples in $examples.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
examples=$root/tools/examples
build=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

cmake --install "$build" --prefix "$scratch/first" >/dev/null
prefix=$scratch/moved
mv "$scratch/first" "$prefix"
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
library=$prefix/lib/libhinge.so.0
ask_pkg_config() {
    pkg-config "$@" hinge
}
if [ -e "$prefix/lib/libhinge.a" ]; then
    library=$prefix/lib/libhinge.a
    ask_pkg_config() {
        pkg-config --static "$@" hinge
    }
fi
warnings=(-std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
