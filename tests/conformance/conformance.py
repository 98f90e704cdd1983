"""Runs test folders with `hinge test` and holds the verdicts against the lists beside this file.

usage: conformance.py [--update] [--without=TEXT] HINGE LIST DATA [OPTION OF HINGE TEST]...

LIST names the lists and DATA is the folder of suites (folders of test folders):
  LIST.passing   suite/test, one a line: these pass, and no other
  LIST.failing   suite/test, a tab, the reason: these give a verdict of FAIL, and no other; where the
                 reason begins with "by chance: " they draw anew each time, and may hit what is expected
All the rest is UNSUPPORTED: the runtime says that it lacks something. So a listed pass that is lost,
a pass or failure that is not listed, and a listed folder that is not there are all errors. --update
writes the passes there are to LIST.passing; LIST.failing is for people to write. --without: a build
that lacks what the tests with TEXT in their names need; they count as listed nowhere."""
import subprocess
import sys
import tempfile
from pathlib import Path

CHANCE = "by chance: "


def read_list(path, with_reason):
    rows = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        name, _, reason = line.partition("\t")
        if with_reason != bool(reason.strip()) or name in rows:
            sys.exit(f"{path.name}:{number}: not one name{', a tab and a reason' * with_reason}")
        rows[name] = reason
    return rows


def run(hinge, data, options):
    """suite/test -> (verdict, reason), of all suites in data."""
    suites = sorted(s for s in data.iterdir() if any(s.glob("*/model.onnx")))
    if not suites:
        sys.exit(f"{data}: there are no test folders")
    with tempfile.NamedTemporaryFile() as report:
        result = subprocess.run([hinge, "test", "--quiet", "--report", report.name, *options,
                                 *map(str, suites)], stdout=subprocess.DEVNULL, check=False)
        rows = [line.split("\t") for line in Path(report.name).read_text().splitlines()]
    verdicts = {str(Path(folder).relative_to(data)): (verdict, reason)
                for folder, verdict, reason in rows}
    failed = any(verdict == "FAIL" for verdict, _ in verdicts.values())
    if not verdicts or result.returncode != failed:
        sys.exit(f"hinge test ended with status {result.returncode}")
    return verdicts


def main(arguments):
    update = "--update" in arguments
    without = [a.partition("=")[2] for a in arguments if a.startswith("--without=")]
    arguments = [a for a in arguments if a != "--update" and not a.startswith("--without=")]
    hinge, name, data, *options = arguments
    folder = Path(__file__).resolve().parent
    passing_path, failing_path = folder / f"{name}.passing", folder / f"{name}.failing"
    verdicts = run(hinge, Path(data), options)
    def listed_in(path, with_reason):
        return {test: reason for test, reason in read_list(path, with_reason).items()
                if not any(text in test for text in without)}

    failing = listed_in(failing_path, True)
    for test, reason in failing.items():
        if reason.startswith(CHANCE) and verdicts.get(test, ("", ""))[0] == "PASS":
            verdicts[test] = ("FAIL", "")
    passes = sorted(test for test, (verdict, _) in verdicts.items() if verdict == "PASS")
    if update:
        passing_path.write_text("".join(f"{test}\n" for test in passes))
    passing = listed_in(passing_path, False)
    wrong = [f"{test}: is listed, but there is no such folder"
             for test in sorted({*passing, *failing} - verdicts.keys())]
    for test, (verdict, reason) in sorted(verdicts.items()):
        wanted = "PASS" if test in passing else "FAIL" if test in failing else "UNSUPPORTED"
        if verdict != wanted:
            listed = {"PASS": "as passing", "FAIL": "as failing"}.get(wanted, "nowhere")
            wrong.append(f"{test}: {verdict}, but listed {listed}{reason and ': ' + reason}")
    count = {v: sum(verdict == v for verdict, _ in verdicts.values())
             for v in ("PASS", "FAIL", "UNSUPPORTED")}
    print(*wrong, sep="\n")
    print(f"{name}: {count['PASS']} passed, {count['FAIL']} failed, "
          f"{count['UNSUPPORTED']} unsupported; {len(wrong)} not as listed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
