"""Holds what `hinge ops --json` claims against the list of the standard's operators.

usage: operators.py HINGE OPERATORS [OPTION OF HINGE OPS]...

OPERATORS is a table of tabs with a first line: domain, operator, and the opsets in which a version
of it appeared. In the domains that it has, every entry must be of an operator and begin at a version
of it that are there (or in EXPERIMENTAL); and from an operator's first entry on, every version and every opset is claimed
by exactly one of a plugin's entries, up to the newest or the version that took the operator out of
use. Prints what is otherwise, a line each, and how many operators there are."""
import csv
import json
import subprocess
import sys
from pathlib import Path

# Versions that only say that the operator is not to be used any more.
RETIRED = {("ai.onnx", "Scatter"): 11, ("ai.onnx", "Upsample"): 10}

# What models have in the standard's domain though no list has it, with the versions and the last
# opset (None: the newest): experimental ones, taken out with opset 10, and ONNX Runtime's own.
UNLISTED = {("ai.onnx", name): ([1], 9) for name in
            ("Affine", "Crop", "ImageScaler", "ParametricSoftplus", "ScaledTanh")}
UNLISTED["ai.onnx", "SimplifiedLayerNormalization"] = ([1], None)


def read_standard(path):
    """domain -> operator -> its versions, the oldest first."""
    standard = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            versions = sorted(int(v) for v in row["since_versions"].split(","))
            standard.setdefault(row["domain"], {})[row["operator"]] = versions
    return standard


def read_claims(hinge, options):
    """domain -> operator -> plugin -> its entries' (since, until), the oldest first."""
    said = subprocess.run([hinge, "ops", "--json", *options], stdout=subprocess.PIPE, check=True)
    claims = {}
    for op in json.loads(said.stdout)["ops"]:
        for entry in op["entries"]:
            plugins = claims.setdefault(op["domain"], {}).setdefault(op["name"], {})
            plugins.setdefault(entry["plugin"], []).append((entry["since"], entry["until"]))
    return claims


def check_entries(entries, versions, newest):
    """What is wrong with one plugin's entries of one operator."""
    entries = sorted(entries)
    for since, until in entries:
        if since not in versions:
            yield f"an entry begins at {since}, which is no version of it ({versions})"
        if until < since:
            yield f"an entry is of opsets {since} to {until}"
        if until > newest:
            yield f"an entry reaches to {until}, beyond {newest}"
    for (_, until), (since, _) in zip(entries, entries[1:]):
        if since != until + 1:
            yield f"an entry ends at {until}, the next one begins at {since}"
    if entries[-1][1] < newest:
        yield f"the last entry ends at {entries[-1][1]}, before {newest}"


def main(arguments):
    hinge, path, *options = arguments
    standard, claims = read_standard(Path(path)), read_claims(hinge, options)
    newest = {domain: max(v for versions in ops.values() for v in versions)
              for domain, ops in standard.items()}
    wrong, counts = [], []
    for domain, ops in standard.items():
        claimed = claims.get(domain, {})
        for name, plugins in sorted(claimed.items()):
            if name in ops:
                retired = RETIRED.get((domain, name))
                last = retired - 1 if retired else newest[domain]
                versions = [v for v in ops[name] if v <= last]
            elif (domain, name) in UNLISTED:
                versions, last = UNLISTED[domain, name]
                last = last or newest[domain]
            else:
                wrong.append(f"{domain} {name}: the standard has no such operator")
                continue
            wrong += [f"{domain} {name}, {plugin}: {what}" for plugin, entries in plugins.items()
                      for what in check_entries(entries, versions, last)]
        counts.append(f"{sum(name in ops for name in claimed)} of {len(ops)} of {domain}")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"operators: {', '.join(counts)}; {len(wrong)} claims are not as in the standard")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
