#!/usr/bin/env bash
# Compiles the program of README.md ("From a program") and that of hinge.h's first comment, each as C11
# and as C++17. Usage: samples.sh C-COMPILER C++-COMPILER
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
warnings=(-fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Werror)

# In a function, with what the text around it takes for granted. A line "…" stands for the rest.
wrap() {
    printf '#include <hinge/hinge.h>\n#include <stdio.h>\n#include <string.h>\n'
    printf 'int sample(float *pixels);\nint sample(float *pixels)\n{\n'
    sed '/^ *…$/d'
    printf '    return 0;\n}\n'
}

sed -n '/^## From a program/,/^## /p' "$root/README.md" |
    sed -n '/^    hinge_session/,/^[^ ]/p' | grep '^    ' | wrap >"$scratch/readme.c"
sed -n '1,/\*\//p' "$root/runtime/include/hinge/hinge.h" |
    sed -n 's/^ \*    //p' | wrap >"$scratch/header.c"
for sample in readme header; do
    for word in hinge_open hinge_context_create hinge_run; do
        grep -q "$word(" "$scratch/$sample.c" || {
            echo "FAILED: no $word in the sample: $(cat "$scratch/$sample.c")" >&2
            exit 1
        }
    done
    "$1" -std=c11 "${warnings[@]}" -I "$root/runtime/include" "$scratch/$sample.c"
    "$2" -std=c++17 "${warnings[@]}" -I "$root/runtime/include" -x c++ "$scratch/$sample.c"
done
