#!/usr/bin/env bash
# Makes Debian packages of a build, has lintian look at them, installs them into an empty root beside what
# this system says is installed, uses them there, and purges them.
# Usage: debian.sh BUILD-FOLDER COMPILER VERSION [PYTHON]  (the last: of a build with the Python module)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$1 compiler=$2 version=$3 python=${4-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# Packages are for all users, whatever the umask of who makes them.
(umask 077 && cpack --config "$build/CPackConfig.cmake" -B "$scratch/made") >cpack.txt 2>&1 ||
    fail "$(cat cpack.txt)"
soname=libhinge${version%%.*}
names=("$soname" libhinge-dev hinge hinge-plugins)
[ -z "$python" ] || names+=(python3-hinge)
packages=()
for name in "${names[@]}"; do
    file=$(echo made/"${name}"_"$version"-*.deb)
    [ -s "$file" ] || fail "no package $name of $version: $(ls made)"
    packages+=("$file")
done

# Where the prefix is not /usr, as in the tests' builds, libraries are not in the folder of their machine.
suppressed=()
if grep -q 'CPACK_HINGE_LIBDIR "lib"' "$build/CPackConfig.cmake"; then
    suppressed=(--suppress-tags pkg-config-unavailable-for-cross-compilation)
fi
lintian --allow-root --fail-on error,warning "${suppressed[@]}" made/*.deb

# field PACKAGE NAME PATTERN: what a package says of itself.
field() {
    local value
    value=$(dpkg-deb -f made/"$1"_*.deb "$2")
    [[ $value =~ $3 ]] || fail "$1: $2: $value"
}
field "$soname" Depends 'libprotobuf-c1'
field "$soname" Section '^libs$'
field hinge Depends "hinge-plugins \(= $version-.*$soname \(>= $version\)"
field libhinge-dev Depends "^$soname \(= $version-"
for file in made/*.deb; do
    ! dpkg-deb -I "$file" | grep -E ' (pre|post)(inst|rm) ' || fail "$file has scripts"
    dpkg-deb --ctrl-tarfile "$file" | tar -xO ./md5sums | grep -q /copyright || fail "$file: md5sums"
done

# A list of packages of its own, in which dependencies are there as they are on this system.
mkdir -p admin/info admin/updates admin/triggers installed
cp /var/lib/dpkg/status admin/status
debian() {
    fakeroot dpkg --admindir=admin --instdir=installed --log=dpkg.log --force-not-root,bad-path \
        "$@" >dpkg.txt 2>&1 || fail "dpkg $1: $(cat dpkg.txt)"
}
debian --install "${packages[@]}"

# What dpkg has put there is what the checksums say, and stripped.
prefix=$scratch/installed/usr
(cd installed && for file in "${packages[@]}"; do
    dpkg-deb --ctrl-tarfile "../$file" | tar -xO ./md5sums
done | md5sum --quiet -c)
library=$(find "$prefix/lib" -name "libhinge.so.$version")
libdir=$(dirname "$library")
for file in "$library" "$prefix/bin/hinge" "$libdir"/hinge/*.so "$libdir"/hinge/plugins/*.so; do
    ! readelf -SW "$file" | grep -E '\.(symtab|debug_info)' || fail "$file is not stripped"
    ! readelf -d "$file" | grep -E 'RPATH|RUNPATH' || fail "$file has a path of its own to libraries"
done
for name in "${names[@]}"; do
    gzip -t "$prefix/share/doc/$name/changelog.Debian.gz"
done
unit=$prefix/lib/systemd/system/hinge-serve.service
[ ! -e "$unit" ] || grep -q '^ExecStart=/usr/bin/hinge serve ' "$unit" || fail "$(grep Exec "$unit")"

[ ! -e "$unit" ] || [ -d installed/var/lib/hinge/models ] || fail "there is no folder for models"

export LD_LIBRARY_PATH=$libdir
model=$root/models/digits_relu/model.onnx
digit=$root/models/digits/3.npy
"$prefix/bin/hinge" run "$model" --input "image=$digit" >run.txt
"$prefix/bin/hinge" plugins >plugins.txt
grep -qF "$libdir/hinge/plugins/" plugins.txt || fail "plugins: $(cat plugins.txt)"
read -ra flags <<<"$(PKG_CONFIG_PATH=$libdir/pkgconfig pkg-config --cflags --libs hinge)"
"$compiler" -std=c11 "$root/tools/examples/digit.c" "${flags[@]}" -o digit
[[ $(./digit "$model" "$digit" | tail -n 1) == "It is a 3 "* ]] || fail "a program reads another digit"

# The module's own tests, of what was installed.
if [ "$python" ]; then
    field python3-hinge Architecture '^all$'
    field python3-hinge Depends "python3-numpy, $soname \(>= $version\)"
    export PYTHONPATH=$prefix/lib/python3/dist-packages PYTHONDONTWRITEBYTECODE=1
    for script in digits session; do
        "$python" -W error "$root/tests/python/check_$script.py" "$root/models" >python.txt 2>&1 ||
            fail "check_$script.py: $(cat python.txt)"
    done
    used=$("$python" -c 'import hinge; print(hinge.__file__, hinge._library.lib._name)')
    [[ $used == "$prefix"/*" $libdir/libhinge.so."* ]] || fail "the module and its library are $used"
fi

debian --purge "${names[@]}"
[ -z "$(find installed -mindepth 1 -print -quit)" ] || fail "purged, they leave $(find installed -mindepth 1)"
