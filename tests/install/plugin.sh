#!/usr/bin/env bash
# Builds the example plugin outside the tree and uses it from the command and from a program.
# Usage: plugin.sh BUILD-FOLDER COMPILER PYTHON
# shellcheck source-path=SCRIPTDIR source=installed.sh
. "$(dirname "$0")/installed.sh"
compiler=$2 python=$3
hinge=$prefix/bin/hinge
cd "$scratch"
"$python" "$here/snake_model.py" .

read -ra flags <<<"$(pkg-config --cflags hinge)"
"$compiler" "${warnings[@]}" -O2 -fPIC -shared "$examples/snake.c" "${flags[@]}" -lm -o snake.so
if nm -D --undefined-only snake.so | grep hinge || readelf -d snake.so | grep 'NEEDED.*hinge'; then
    fail "the plugin needs something of ours"
fi

# expect_pass ENVIRONMENT… COMMAND…: UNSUPPORTED would not do.
expect_pass() {
    for test in snake fused; do
        env "$@" --report report.tsv "$test" >test.txt 2>&1 || fail "$*: $(cat test.txt)"
        grep -q 'PASS' report.tsv || fail "$*: $(cat report.tsv)"
    done
}
expect_pass "$hinge" test --plugin ./snake.so
expect_pass HINGE_PLUGIN_PATH="$scratch" "$hinge" test
expect_pass HINGE_PLUGIN_PATH=./snake.so "$hinge" test --isa scalar
"$hinge" ops --plugin ./snake.so >ops.txt
grep -q '^com\.acme  *Snake .* acme ' ops.txt || fail "hinge ops does not list it: $(cat ops.txt)"

# Snake becomes a part of the Conv in front of it.
"$hinge" inspect fused/model.onnx --plugin ./snake.so --passes >passes.txt
grep -q 'fused.*Snake.*into.*Conv' passes.txt || fail "Snake is not fused: $(cat passes.txt)"
"$hinge" inspect fused/model.onnx --plugin ./snake.so --json >fused.json
grep -q '"activation": "Snake"' fused.json || fail "Snake is not fused: $(cat fused.json)"

# expect_refusal SENTENCE MODEL…: a run that fails and says so.
expect_refusal() {
    local sentence=$1 status=0
    shift
    "$hinge" run "$@" --random --dim n=3 >/dev/null 2>refusal.txt || status=$?
    [ $status -eq 1 ] || fail "$*: status $status"
    grep -q "$sentence" refusal.txt || fail "$*: $(cat refusal.txt)"
}
expect_refusal '"snake/model.onnx": .*com.acme::Snake' snake/model.onnx
expect_refusal '"zero.onnx": .*wave.*Snake.*alpha is 0' zero.onnx --plugin ./snake.so

read -ra flags <<<"$(pkg-config --cflags --libs hinge)"
"$compiler" "${warnings[@]}" "$here/use_plugin.c" "${flags[@]}" -lm -o use_plugin
LD_LIBRARY_PATH=$prefix/lib ./use_plugin snake/model.onnx ./snake.so
