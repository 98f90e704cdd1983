#!/usr/bin/env bash
# Builds the example plugins outside the tree and uses them from the command and from a program.
# Usage: plugin.sh BUILD-FOLDER COMPILER PYTHON
# shellcheck source-path=SCRIPTDIR source=installed.sh
. "$(dirname "$0")/installed.sh"
compiler=$2 python=$3
hinge=$prefix/bin/hinge
cd "$scratch"
"$python" "$here/example_models.py" .

read -ra flags <<<"$(pkg-config --cflags hinge)"
for name in snake peaks; do
    "$compiler" "${warnings[@]}" -O2 -fPIC -shared "$examples/$name.c" "${flags[@]}" -lm -o $name.so
    if nm -D --undefined-only $name.so | grep hinge || readelf -d $name.so | grep 'NEEDED.*hinge'; then
        fail "$name.so needs something of ours"
    fi
done

# expect_pass N ENVIRONMENT… COMMAND…: N folders pass; UNSUPPORTED would not do.
expect_pass() {
    local n=$1
    shift
    env "$@" >test.txt 2>&1 || fail "$*: $(cat test.txt)"
    grep -q "^$n passed, 0 failed, 0 unsupported" test.txt || fail "$*: $(cat test.txt)"
}
expect_pass 2 "$hinge" test snake fused --plugin snake.so
expect_pass 3 "$hinge" test peaks peaks_double peaks_none --plugin ./peaks.so
expect_pass 5 HINGE_PLUGIN_PATH="$scratch" "$hinge" test snake fused peaks peaks_double peaks_none
expect_pass 2 HINGE_PLUGIN_PATH=./snake.so "$hinge" test snake fused --isa scalar
"$hinge" ops Peaks --plugin peaks.so >ops.txt
grep -q '^com\.acme  *Peaks .* acme_signals\* .*float, double' ops.txt || fail "$(cat ops.txt)"
"$hinge" ops --plugin ./snake.so >ops.txt
grep -q '^com\.acme  *Snake .* acme\* ' ops.txt || fail "hinge ops does not list it: $(cat ops.txt)"

# Snake becomes a part of the Conv in front of it.
"$hinge" inspect fused/model.onnx --plugin ./snake.so --passes >passes.txt
grep -q 'fused.*Snake.*into.*Conv' passes.txt || fail "Snake is not fused: $(cat passes.txt)"
"$hinge" inspect fused/model.onnx --plugin ./snake.so --json >fused.json
grep -q '"activation": "Snake"' fused.json || fail "Snake is not fused: $(cat fused.json)"

# expect_refusal SENTENCE MODEL…: a run that fails and says so.
expect_refusal() {
    local sentence=$1 status=0
    shift
    "$hinge" run "$@" --random >/dev/null 2>refusal.txt || status=$?
    [ $status -eq 1 ] || fail "$*: status $status"
    grep -q "$sentence" refusal.txt || fail "$*: $(cat refusal.txt)"
}
expect_refusal '"snake/model.onnx": .*com.acme::Snake' snake/model.onnx --dim n=3
expect_refusal '"zero.onnx": .*wave.*Snake.*alpha is 0' zero.onnx --plugin ./snake.so --dim n=3
expect_refusal '"depth.onnx": .*summits.*Peaks.*order is "depth"' depth.onnx --plugin peaks.so --dim n=9
expect_refusal 'Peaks.*signal has rank 2, not 1' matrix.onnx --plugin peaks.so
expect_refusal 'Peaks with input threshold of type tensor.double., which another input makes tensor.float.' mixed.onnx --plugin peaks.so --dim n=9

read -ra flags <<<"$(ask_pkg_config --cflags --libs)"
"$compiler" "${warnings[@]}" "$here/use_plugin.c" "${flags[@]}" -lm -o use_plugin
LD_LIBRARY_PATH=$prefix/lib ./use_plugin snake/model.onnx ./snake.so
