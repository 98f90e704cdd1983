#!/usr/bin/env bash
# Installs, moves what was installed, and builds and runs the embedding example against it, with
# pkg-config and with find_package. Usage: package.sh BUILD-FOLDER COMPILER
# shellcheck source-path=SCRIPTDIR source=installed.sh
. "$(dirname "$0")/installed.sh"
compiler=$2
digits=$root/models/digits

for file in "$library" "$prefix"/bin/hinge "$prefix"/include/hinge/{hinge,plugin}.h; do
    [ -e "$file" ] || fail "$file is not installed"
done
for file in man/man1/hinge{,-run}.1 man/man3/hinge{.h,_run}.3 bash-completion/completions/hinge \
    zsh/site-functions/_hinge; do
    [ -s "$prefix/share/$file" ] || fail "$file is not installed"
done
if grep -rlIF -e "$scratch/first" -e "$build" "$prefix" ||
    readelf -d "$prefix"/bin/hinge "$library" "$prefix"/lib/hinge/*.so | grep -F "[/"; then
    fail "the above name the folder they were installed to or built in"
fi

# expect_three COMMAND…: the answer to the digit 3.
expect_three() {
    local answer
    answer=$("$@" "$root/models/digits_relu/model.onnx" "$digits/3.npy" | tail -n 1)
    [[ $answer == "It is a 3 "* ]] || fail "$*: $answer"
}

read -ra flags <<<"$(ask_pkg_config --cflags --libs)"
"$compiler" "${warnings[@]}" "$examples/digit.c" "${flags[@]}" -o "$scratch/digit"
expect_three env LD_LIBRARY_PATH="$prefix/lib" "$scratch/digit"

cmake -S "$here/consumer" -B "$scratch/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_C_COMPILER="$compiler" -DEXAMPLES="$examples" >/dev/null
cmake --build "$scratch/build" >/dev/null
expect_three "$scratch/build/digit"
[ -e "$scratch/build/snake.so" ] || fail "find_package users cannot build a plugin"

# The command finds library, plugins and modules from where it stands, whatever the working folder.
cd "$scratch"
"$prefix/bin/hinge" run "$root/models/digits_relu/model.onnx" --input "image=$digits/3.npy" >run.txt
"$prefix/bin/hinge" plugins >plugins.txt
if [ -e "$prefix/lib/hinge/npz.so" ]; then
    "$prefix/bin/hinge" run "$root/models/digits_relu/model.onnx" --input "image=$digits/3.npy" \
        --outputs outputs.npz
    [ -s outputs.npz ] || fail "no archive was written"
fi
if grep -vF "$prefix/" plugins.txt && [ -d "$prefix/lib/hinge/plugins" ]; then
    fail "the plugins above are from elsewhere"
fi

# A static library brings no name into a program but those of the interface.
if [[ $library == *.a ]] && nm -g --defined-only "$library" | grep ' [A-Z] ' | grep -v ' hinge_'; then
    fail "the library defines the names above"
fi

# Without the modules of the command, which are parts of it.
stripped=0
for file in "$library" "$prefix"/lib/hinge/{image-codecs,plugins/*}.so; do
    [ -e "$file" ] || continue
    strip -o "$scratch/stripped" "$file"
    stripped=$((stripped + $(stat -c %s "$scratch/stripped")))
done
echo "library and plugins, stripped: $stripped bytes"
[ $stripped -lt 6000000 ] || fail "library and plugins take 6 MB or more"
