"""Runs cases with Hinge and holds what comes out against ONNX Runtime."""
import os
import re
import subprocess
import tempfile
from pathlib import Path

import onnx
from onnx import TensorProto

import alone
import reference
from case import model_of

ALIKE, DIFFERENT, DECIDED, UNANSWERED = "alike", "different", "decided", "unanswered"
BOTH_REFUSE, HINGE_REFUSES, ORT_REFUSES = "both refuse", "Hinge refuses", "ONNX Runtime refuses"
NO_KERNEL = re.compile("Could not find an implementation|Failed to find kernel|Type Error: Type|"
                       "No Op registered|is not a registered function/op|bound to different types|"
                       "does not support double yet")


class Peers:
    """The two programs, and a folder in the form of ONNX's backend tests that passes between them."""

    def __init__(self, hinge, ortrun, ort_lib, options):
        self.hinge = [hinge, "run", *options]
        self.ort = [ortrun, "--lib", ort_lib, "--opt", "none", "--test"]
        self.folder = tempfile.TemporaryDirectory(prefix="differential")
        self.path = Path(self.folder.name)
        self.data = self.path / "test_data_set_0"
        self.data.mkdir()
        self.no_kernel = set()  # signatures for which ONNX Runtime has none
        self.not_wide = set()  # and none between Casts either
        self.environment = {**os.environ, "ALLOW_RELEASED_ONNX_OPSET_ONLY": "0"}

    def may_answer(self, case):
        """Whether ONNX Runtime is not known to lack what the case needs."""
        key = case.signature()
        return key not in self.no_kernel or case.can_widen() and key not in self.not_wide or \
            case.operator in alone.JUDGES

    def start(self, command):
        """(status, standard output, errors) of a program; a timeout is status -1."""
        try:
            run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=100,
                                 check=False, env=self.environment)
        except subprocess.TimeoutExpired:
            return -1, "", "timeout"
        return run.returncode, run.stdout.decode(errors="replace"), run.stderr.decode(errors="replace")

    def write(self, cases, wide):
        """The model and its inputs; returns the inputs' names in order."""
        model, fed = model_of(cases, wide)
        onnx.save(model, str(self.path / "model.onnx"))
        for old in self.data.iterdir():
            old.unlink()
        for k, (_, value) in enumerate(fed):
            (self.data / f"input_{k}.pb").write_bytes(value.proto().SerializeToString())
        return [name for name, _ in fed]

    def run_hinge(self, cases):
        """(bytes of each output, "") or (None, the error)."""
        names = self.write(cases, {})
        outputs = [o for index, case in cases.items() for o in case.names(index)[1]]
        command = self.hinge + [str(self.path / "model.onnx")]
        for k, name in enumerate(names):
            command += ["-i", f"{name}={self.data}/input_{k}.pb"]
        for k, name in enumerate(outputs):
            command += ["-o", f"{name}={self.data}/output_{k}.pb"]
        status, _, errors = self.start(command)
        if status:
            return None, f"status {status}: {errors.strip()}"
        return {o: (self.data / f"output_{k}.pb").read_bytes() for k, o in enumerate(outputs)}, ""

    def run_ort(self, cases, outputs, wide=None):
        """ONNX Runtime's verdict on these outputs: "PASS" or why not. wide: see model_of."""
        self.write(cases, wide or {})
        names = [o for index, case in cases.items() for o in case.names(index)[1]]
        for k, name in enumerate(names):
            if name in outputs:
                (self.data / f"output_{k}.pb").write_bytes(outputs[name])
        status, said, errors = self.start(self.ort + [str(self.path)])
        return said.strip() or f"status {status}: {errors.strip()}"

    def judge(self, cases):
        """index -> (verdict, message) for all the cases."""
        verdicts, outputs, left = {}, {}, dict(cases)
        while left:  # what Hinge computes: without those that it refuses, one by one
            made, error = self.run_hinge(left)
            if made is not None:
                outputs.update(made)
                break
            guilty = blamed(error, left)
            for index in guilty:
                one = {index: left.pop(index)}
                if len(guilty) > 1:
                    made, error = self.run_hinge(one)
                if made is not None:
                    outputs.update(made)
                    continue
                verdict = self.run_ort(one, {})
                ran = "no expected output" in verdict
                verdicts[index] = (HINGE_REFUSES if ran else BOTH_REFUSE, f"{error} | {verdict}")
        left = {i: c for i, c in cases.items() if i not in verdicts}
        self.repeat({i: c for i, c in left.items() if c.random}, outputs, verdicts)
        left = {i: c for i, c in left.items() if i not in verdicts}
        verdicts.update((i, judged(c, i, outputs, UNANSWERED, "no kernel")) for i, c in left.items()
                        if c.signature() in self.no_kernel)
        self.compare({i: c for i, c in left.items() if i not in verdicts}, outputs, {}, verdicts)
        wide = {i: [TensorProto.FromString(outputs[o]).data_type for o in c.names(i)[1]]
                for i, c in cases.items()
                if verdicts[i][0] == UNANSWERED and c.can_widen() and c.signature() not in self.not_wide}
        self.compare({i: cases[i] for i in wide}, outputs, wide, verdicts)
        return verdicts

    def repeat(self, cases, outputs, verdicts):
        """Drawn results come again with a seed, and do not without one."""
        again = self.run_hinge(cases)[0] if cases else {}
        for index, case in cases.items():
            same = all(outputs[o] == again[o] for o in case.names(index)[1])
            if same != (case.attributes.get("seed") is not None):
                verdicts[index] = (DIFFERENT, "a second run gives " + ("the same" if same else "others"))

    def compare(self, left, outputs, wide, verdicts):
        """Adds ONNX Runtime's verdicts; of wide ones only those that it answers."""
        while left:
            said = self.run_ort(left, outputs, wide)
            if said == "PASS":
                verdicts.update((index, (ALIKE, "")) for index in left)
                return
            guilty = blamed(said, left)
            for index in guilty:
                one = {index: left.pop(index)}
                if len(guilty) > 1:
                    said = self.run_ort(one, outputs, wide)
                verdict = verdict_of(said)
                if verdict == UNANSWERED:
                    (self.not_wide if wide else self.no_kernel).add(one[index].signature())
                if verdict != ALIKE:
                    verdict, said = judged(one[index], index, outputs, verdict, said)
                if not wide or verdict in (ALIKE, DECIDED, DIFFERENT):
                    verdicts[index] = (verdict, "between Casts: " * bool(wide) + said)


def judged(case, index, outputs, verdict, said):
    """The verdict on what the two do not agree on, once an independent evaluation has been asked."""
    mine = [outputs[o] for o in case.names(index)[1]]
    agrees = alone.agrees(case, mine)
    if agrees is None and reference.agrees(case, mine):
        agrees = True
    if agrees is None:
        return verdict, said
    return (DECIDED if agrees else DIFFERENT), said if agrees else f"the evaluation differs | {said}"


def verdict_of(said):
    if said == "PASS":
        return ALIKE
    if said.startswith("FAIL output"):
        return DIFFERENT
    return UNANSWERED if NO_KERNEL.search(said) else ORT_REFUSES


def blamed(message, cases):
    """The cases that a message names; all of them where it names none."""
    named = {int(i) for i in re.findall(r"\b[coi](\d+)_", message)} & set(cases)
    return sorted(named) if named else sorted(cases)
