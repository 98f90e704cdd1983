#!/usr/bin/python3
"""Compares Hinge with ONNX Runtime on random single-operator cases. See README.md."""
import argparse
import collections
import json
import re
import subprocess
import sys
import zlib

from onnx import defs

import generators
import known
from draw import Draw
from peers import ALIKE, BOTH_REFUSE, DECIDED, DIFFERENT, HINGE_REFUSES, ORT_REFUSES, UNANSWERED, Peers

NEWEST = 26  # the last opset of ai.onnx that ONNX Runtime knows
BATCH = 40  # cases in one model
TRIES = 4  # cases drawn at most, as a multiple of those wanted


def versions_of(hinge):
    """(domain, operator) -> opsets at which a version begins, and the last opset of each."""
    said = subprocess.run([hinge, "ops", "--json"], stdout=subprocess.PIPE, check=True)
    found = {}
    for op in json.loads(said.stdout)["ops"]:
        domain = "" if op["domain"] == "ai.onnx" else op["domain"]
        starts = {entry["since"] for entry in op["entries"]}
        last = max(entry["until"] for entry in op["entries"])
        found[domain, op["name"]] = (starts, last)
    for schema in defs.get_all_schemas_with_history():
        if (schema.domain, schema.name) in found:
            found[schema.domain, schema.name][0].add(schema.since_version)
    return found


def pick_opset(draw, domain, starts, last):
    """A version, the newest half of the time, and its first or last opset."""
    newest = NEWEST if domain == "" else last
    starts = sorted(s for s in starts if s <= newest) or sorted(starts)
    k = len(starts) - 1 if draw.chance() else draw.int(0, len(starts) - 1)
    until = starts[k + 1] - 1 if k + 1 < len(starts) else max(min(last, newest), starts[k])
    return starts[k], draw.pick(starts[k], starts[k], until)


def draw_case(domain, operator, seed, starts, last):
    draw = Draw([zlib.crc32(f"{domain}.{operator}".encode()), seed])
    version, draw.opset = pick_opset(draw, domain, starts, last)
    case = generators.TABLE[domain, operator](operator, draw)
    case.domain, case.version, case.opset = domain, version, draw.opset
    while case.inputs and case.inputs[-1] is None:
        case.inputs.pop()
    case.constant |= {k for k, i in enumerate(case.inputs)
                      if hasattr(i, "array") and draw.chance(0.25)}
    return case


def check(peers, domain, operator, options, versions):
    """(counts of verdicts, [(verdict, seed, case, message)] of what is to be looked at, ONNX Runtime's
    reason where it computes no case)."""
    counts, findings, refusals = collections.Counter(), [], collections.Counter()
    seed = options.first_seed
    end = seed + TRIES * options.cases
    while seed < end:
        missing = options.cases - counts[ALIKE] - counts[DIFFERENT] - counts[DECIDED]
        if missing <= 0:
            break
        batches = collections.defaultdict(dict)
        while seed < end and sum(map(len, batches.values())) < missing * 5 // 4 + 5:
            case = draw_case(domain, operator, seed, *versions)
            if peers.may_answer(case):
                batches[case.opset][seed] = case
            else:
                counts[UNANSWERED] += 1
            seed += 1
        for batch in (dict(list(b.items())[k:k + BATCH]) for b in batches.values()
                      for k in range(0, len(b), BATCH)):
            for index, (verdict, message) in peers.judge(batch).items():
                case = batch[index]
                if verdict in (DIFFERENT, HINGE_REFUSES, ORT_REFUSES) and known.reason(case, message):
                    verdict = DECIDED
                counts[verdict] += 1
                refusals[reason_of(message)] += 1
                if verdict in options.show:
                    findings.append((verdict, index, case, message))
    answered = refusals[""] > 0
    return counts, findings, "" if answered else refusals.most_common(1)[0][0]


def reason_of(message):
    """Why ONNX Runtime computes nothing; empty where it does."""
    said = message.split("| ")[-1]
    ran = said in ("", "PASS") or re.search("FAIL (no expected )?output", said)
    return "" if ran else re.sub(r"[a-z]\d+_\d*|0x\w+", "…", said)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hinge", help="the command hinge")
    parser.add_argument("operators", nargs="*",
                        help="operators to compare, as Add or ai.onnx.ml.Scaler (all)")
    parser.add_argument("--ortrun", required=True, help="the program that tests ONNX Runtime")
    parser.add_argument("--ort-lib", required=True, help="libonnxruntime.so")
    parser.add_argument("--cases", type=int, default=200, help="answered by both, for each operator (200)")
    parser.add_argument("--first-seed", type=int, default=0, help="seed of the first case (0)")
    parser.add_argument("--isa", help="widest built-in plugin of Hinge")
    parser.add_argument("--show", action="append", help="verdicts to show, beside the different ones",
                        choices=[BOTH_REFUSE, HINGE_REFUSES, ORT_REFUSES, UNANSWERED, DECIDED])
    options = parser.parse_intermixed_args()
    options.show = {DIFFERENT, HINGE_REFUSES} | set(options.show or [])
    versions = versions_of(options.hinge)
    names = {f"{d}.{o}" if d else o: (d, o) for d, o in generators.load() if (d, o) in versions}
    unknown = set(options.operators) - set(names)
    if unknown:
        parser.error(f"Hinge or the generators lack {', '.join(sorted(unknown))}")
    isa = ["--isa", options.isa] if options.isa else []
    peers = Peers(options.hinge, options.ortrun, options.ort_lib, isa)
    columns = (ALIKE, DECIDED, DIFFERENT, HINGE_REFUSES, ORT_REFUSES, BOTH_REFUSE, UNANSWERED)
    print("operator", *columns, sep="\t", flush=True)
    wrong = False
    for name in options.operators or names:
        domain, operator = names[name]
        counts, findings, cannot = check(peers, domain, operator, options, versions[domain, operator])
        print(name, *(counts[c] for c in columns), sep="\t", flush=True)
        if cannot:
            print(f"  ONNX Runtime cannot: {cannot[:300]}", flush=True)
        for verdict, index, case, message in findings:
            print(f"  {verdict}: seed {index}: {case.text()}\n    {message[:600]}", flush=True)
        wrong = wrong or counts[DIFFERENT] + counts[HINGE_REFUSES] > 0
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
