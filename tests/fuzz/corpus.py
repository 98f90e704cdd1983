#!/usr/bin/python3
"""Writes the corpus that fuzz_run starts from: small models of each operator that Hinge has, drawn by
the generators of ../differential, and those of several nodes in graphs.py. Every input that
is a tensor has its operand as a default, so that a model runs by itself, and what it runs on can be
mutated with it."""
import argparse
import shutil
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "differential"))
try:
    import onnx
except ImportError:
    print("python3-onnx is missing")
    sys.exit(77)
import generators
import graphs
from case import model_of
from differential import pick_opset, versions_of
from draw import Draw

DRAWN = 40  # cases of an operator, of which some of the smaller half are taken
MAX_SIZE = 4096  # bytes of a model


def model(domain, operator, seed, versions):
    draw = Draw([zlib.crc32(f"fuzz {domain}.{operator}".encode()), seed])
    version, draw.opset = pick_opset(draw, domain, *versions)
    case = generators.TABLE[domain, operator](operator, draw)
    case.domain, case.version, case.opset = domain, version, draw.opset
    while case.inputs and case.inputs[-1] is None:
        case.inputs.pop()
    made, fed = model_of({0: case}, {})
    made.producer_name = ""
    for name, value in fed:
        if hasattr(value, "array"):
            made.graph.initializer.append(value.proto(name))
    return made.SerializeToString()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hinge", help="the command hinge")
    parser.add_argument("folder", type=Path, help="made anew")
    parser.add_argument("--each", type=int, default=2, help="models of an operator (2)")
    options = parser.parse_args()
    versions = versions_of(options.hinge)
    table = generators.load()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    lacking = []
    for domain, operator in sorted(versions):
        if domain == "ai.hinge":
            continue
        name = f"{domain}.{operator}" if domain else operator
        if (domain, operator) not in table:
            lacking.append(name)
            continue
        drawn = sorted({model(domain, operator, seed, versions[domain, operator])
                        for seed in range(DRAWN)}, key=lambda m: (len(m), m))
        for k in range(options.each):
            made = drawn[len(drawn) * k // (2 * options.each)]
            if len(made) <= MAX_SIZE:
                (options.folder / f"{name}-{k}.onnx").write_bytes(made)
        if len(drawn[0]) > MAX_SIZE:
            lacking.append(name)
    for name, made in graphs.models():
        (options.folder / f"graph-{name}.onnx").write_bytes(made)
    print("without a model:", *lacking or ["none"])
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
