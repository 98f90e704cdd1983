#!/usr/bin/env bash
# Gives networks seeded random weights and compares what the command answers with the double-precision
# reference, and what ONNX Runtime answers where its harness is at hand (ORTRUN, with ORT_LIB).
# Usage: networks.sh HINGE PYTHON FOLDER [MODEL-FOLDER]...
set -euo pipefail
hinge=$1 python=$2 folder=$3
shift 3
mkdir -p "$folder"
"$python" "$(dirname "$0")/random_weights.py" --output "$folder" "$@"
for isa in "" --isa=scalar; do
    "$hinge" test $isa --report "$folder/report.tsv" "$folder"/*/
    if grep -v $'\tPASS\t' "$folder/report.tsv"; then # UNSUPPORTED would not do
        exit 1
    fi
done
if [ -n "${ORTRUN:-}" ]; then
    for network in "$folder"/*/; do
        "$ORTRUN" --test "$network" | grep -x PASS
    done
fi
