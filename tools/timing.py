"""Times a model with `hinge bench` or with an ONNX Runtime harness, which is a command that takes
MODEL --json --threads N --seconds S, also --input NAME=FILE.npy (for --stored of bench_models FILE.pb
too) and --int-max N, prints one JSON object with load_ms, first_ms (or, as hinge bench,
first_run_ms), min_ms, median_ms and peak_rss_mib, and finds the library through ORT_LIB.
tools/compare-onnxruntime has one."""
import json
import subprocess
import sys


def measure(command):
    """What the command tells, or None where it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        print(f"{command[0]}: {done.stderr.strip()}", file=sys.stderr)
        return None
    return json.loads(done.stdout)
