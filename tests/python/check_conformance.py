"""The official backend tests through the module: those that pass with the command, and no others.
usage: check_conformance.py LISTS DATA, LISTS without .passing and .failing"""
import sys
import unittest
from pathlib import Path

import hinge
import numpy as np

LISTS, DATA = sys.argv[1:3]


def listed(ending, reason=""):
    """The names in a list, each before a tab and a reason where there is one, which begins so."""
    lines = Path(LISTS + ending).read_text().splitlines()
    return {line.split("\t")[0] for line in lines if line.partition("\t")[2].startswith(reason)}


def same(got, expected):
    if isinstance(expected, list):
        return len(got) == len(expected) and all(map(same, got, expected))
    if expected is None:
        return got is None
    if (got.dtype, got.shape) != (expected.dtype, expected.shape):
        return False
    if expected.dtype == object:
        return got.tolist() == expected.tolist()
    return np.allclose(got, expected, rtol=1e-3, atol=1e-5, equal_nan=True)


def stored(data_set, kind, values):
    paths = {value.name: data_set / f"{kind}_{i}.pb" for i, value in enumerate(values)}
    types = {value.name: value.type for value in values}
    return {name: hinge.read_value(path, types[name]) for name, path in paths.items()
            if path.exists()}


def passes(folder):
    try:
        session = hinge.Session(folder / "model.onnx", threads=1)
        for data_set in folder.glob("test_data_set_*"):
            expected = stored(data_set, "output", session.outputs)
            got = session.run(stored(data_set, "input", session.inputs), list(expected))
            if not all(map(same, got, expected.values())):
                return False
    except hinge.Error:
        return False
    return True


class Conformance(unittest.TestCase):
    maxDiff = None

    def test_all(self):
        names = listed(".passing") | listed(".failing")
        self.assertGreater(len(names), 1000)
        failing = {name for name in names if not passes(Path(DATA, name))}
        failing |= listed(".failing", "by chance: ")  # they draw anew, and may hit what is expected
        self.assertEqual(sorted(failing), sorted(listed(".failing")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
