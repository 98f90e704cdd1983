#!/usr/bin/python3
"""Gives every operator operands that no sound model would. See README.md."""
import argparse
import collections
import struct
import subprocess
import sys
import tempfile
import threading
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "differential"))
try:
    import onnx
except ImportError:
    print("python3-onnx is missing")
    sys.exit(77)
import generators
from case import model_of
from draw import Draw
from differential import pick_opset, versions_of
from mutate import mutate_attributes, operand

SECONDS = 60  # that a model may take, under sanitizers


class Dead(Exception):
    """The program has ended, or does not answer."""


class Program:
    """hostile_operands: one process for all operators, started anew where one of them ended it."""

    def __init__(self, path):
        self.path = path
        self.start()

    def start(self):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([self.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors)

    def died(self, after):
        said = self.end()
        self.start()
        return Dead(f"{after}{said}")

    def ask(self, model, sets):
        """The answers to a model and its sets of operands."""
        parts = [block(model), struct.pack("<II", len(sets[0]), len(sets))]
        parts += [block(value) for values in sets for value in values]
        try:
            self.process.stdin.write(b"".join(parts))
            self.process.stdin.flush()
        except BrokenPipeError as gone:
            raise self.died("") from gone
        limit = threading.Timer(SECONDS, self.process.kill)
        limit.start()
        answers = []
        for line in iter(self.process.stdout.readline, b"\n"):
            if not line:
                limit.cancel()
                raise self.died(f"after {len(answers)} answers: ")
            answers.append(line.decode().strip())
        limit.cancel()
        return answers

    def end(self):
        """Ends the program; what it has to say, which is nothing where all is well."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        rest = self.process.stdout.read()
        self.process.stdout.close()
        status = self.process.wait()
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace")
        self.errors.close()
        return "" if status == 0 and not said and not rest else f"exit status {status}\n{said}"


def block(data):
    return struct.pack("<I", len(data)) + data


def make(domain, operator, seed, versions, n_sets):
    """(model, [[serialized operand]], text): the first set as the generator drew it."""
    draw = Draw([zlib.crc32(f"hostile {domain}.{operator}".encode()), seed])
    version, draw.opset = pick_opset(draw, domain, *versions)
    case = generators.TABLE[domain, operator](operator, draw)
    case.domain, case.version, case.opset = domain, version, draw.opset
    if draw.chance(0.3):
        mutate_attributes(draw, case)
    while case.inputs and case.inputs[-1] is None:
        case.inputs.pop()
    case.constant |= {k for k, i in enumerate(case.inputs) if hasattr(i, "array") and draw.chance(0.15)}
    for k in case.constant:
        if draw.chance(0.3):
            case.inputs[k] = operand(draw, case.inputs[k])
    model, fed = model_of({0: case}, {})
    for info in model.graph.input:
        if info.type.HasField("tensor_type"):
            info.type.tensor_type.ClearField("shape")
    sets = [[value.proto() for _, value in fed]]
    for _ in range(n_sets):
        sets.append([(operand(draw, value) if draw.chance(0.6) else value).proto() for _, value in fed])
    return model, [[v.SerializeToString() for v in values] for values in sets], case.text()


def save(folder, name, model, sets):
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(place / "model.onnx"))
    for s, values in enumerate(sets):
        for k, value in enumerate(values):
            (place / f"set_{s}_input_{k}.pb").write_bytes(value)


def check(program, options, name, domain, operator, versions):
    """(counts of answers, [finding])."""
    counts, findings = collections.Counter(), []
    for seed in range(options.first_seed, options.first_seed + options.models):
        model, sets, text = make(domain, operator, seed, versions, options.sets)
        try:
            answers = program.ask(model.SerializeToString(), sets)
            counts.update(answers)
            if "plugin cannot be used" in answers:
                findings.append(f"seed {seed}: {text}\n{answers}")
        except Dead as dead:
            findings.append(f"seed {seed}: {text}\n{dead}")
            if options.save:
                save(options.save, f"{name}-{seed}", model, sets)
    return counts, findings


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="hostile_operands")
    parser.add_argument("hinge", help="the command hinge")
    parser.add_argument("operators", nargs="*", help="as Add or ai.onnx.ml.Scaler (all)")
    parser.add_argument("--models", type=int, default=3, help="for each operator (3)")
    parser.add_argument("--sets", type=int, default=12, help="of hostile operands for each model (12)")
    parser.add_argument("--first-seed", type=int, default=0, help="seed of the first model (0)")
    parser.add_argument("--save", type=Path, help="folder for the models and operands of findings")
    options = parser.parse_intermixed_args()
    versions = versions_of(options.hinge)
    table = generators.load()
    names = {f"{d}.{o}" if d else o: (d, o) for d, o in versions if d != "ai.hinge"}
    lacking = [name for name, key in names.items() if key not in table]
    wrong = bool(lacking)
    print("without a generator:", *lacking or ["none"])
    program = Program(options.program)
    for name in options.operators or names:
        if name in lacking:
            continue
        counts, findings = check(program, options, name, *names[name], versions[names[name]])
        print(name, *(f"{text}: {count}" for text, count in counts.most_common()), sep="\t", flush=True)
        for finding in findings:
            print(finding, flush=True)
        wrong = wrong or bool(findings)
    said = program.end()
    if said:
        print("at the end:", said)
    return 1 if wrong or said else 0


if __name__ == "__main__":
    sys.exit(main())
