#!/usr/bin/env bash
# That check_abi lets an interface grow, and sees what breaks a program. Usage: samples.sh COMPILER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
compiler=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

build() {
    "$compiler" -std=c11 -g -O1 -fPIC -shared -Wall -Wextra -Werror -D"$1" "$here/sample.c" \
        -o "$scratch/$1.so"
}
build AS_IT_WAS
"$here/check_abi" --renew "$here" "$scratch/AS_IT_WAS.so" "$scratch/sample.abi"

# expect STATUS WORD FORM…: FORM is a form of sample.h; WORD is in what is printed.
expect() {
    local wanted=$1 word=$2 form status
    shift 2
    for form; do
        build "$form"
        status=0
        "$here/check_abi" "$here" "$scratch/$form.so" "$scratch/sample.abi" >"$scratch/out" 2>&1 || status=$?
        if [ $status -ne "$wanted" ] || [[ $(<"$scratch/out") != *"$word"* ]]; then
            echo "FAILED: $form: status $status, $(cat "$scratch/out")" >&2
            exit 1
        fi
    done
}
expect 0 '' AS_IT_WAS ADDED APPENDED VALUE_ADDED
expect 1 'hinge_less' REMOVED ARGUMENT
expect 1 'hinge_sample_info' RETYPED INSERTED SHORTENED
expect 1 'hinge_fixed' FIXED_GROWN
expect 1 'HINGE_YES' VALUE_CHANGED

"$compiler" -fPIC -shared -DAS_IT_WAS "$here/sample.c" -o "$scratch/bare.so"
status=0
"$here/check_abi" "$here" "$scratch/bare.so" "$scratch/sample.abi" 2>"$scratch/out" || status=$?
[ $status -eq 1 ] && grep -q 'no debug information' "$scratch/out"
