#!/usr/bin/env bash
# Installs, moves what was installed, and uses the Python module there. Usage: python.sh BUILD-FOLDER
# PYTHON
# shellcheck source-path=SCRIPTDIR source=installed.sh
. "$(dirname "$0")/installed.sh"
python=$2

unset HINGE_LIBRARY
export PYTHONPATH=$prefix/lib/python3/dist-packages PYTHONDONTWRITEBYTECODE=1
cd "$scratch"
answer=$("$python" -c '
import sys, hinge, numpy
out = hinge.Session(sys.argv[1]).run({"image": numpy.load(sys.argv[2])})
print(hinge._library.lib._name, out["probability"].argmax())
' "$root/models/digits_relu/model.onnx" "$root/models/digits/3.npy")
[ "$answer" = "$library 3" ] || fail "the module says: $answer"
