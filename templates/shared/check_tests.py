"""A gate: every test that passed when it was recorded still runs and still passes. Frozen: no agent edits it.

  python3 nightyard/check_tests.py --record    once, then commit nightyard/tests.txt
  python3 nightyard/check_tests.py

A test that is skipped, renamed or gone is named; more tests than recorded are fine.
"""
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

LIST = pathlib.Path(__file__).with_name("tests.txt")


def run_tests():
    """Names of the tests that passed, and the exit code of pytest."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
        code = subprocess.run(command).returncode
        cases = ElementTree.parse(report).iter("testcase") if report.exists() else []
        passed = {f"{case.get('classname')} {case.get('name')}" for case in cases if not bad(case)}
    return sorted(passed), code


def bad(case):
    return any(child.tag in ("failure", "error", "skipped") for child in case)


passed, code = run_tests()
if "--record" in sys.argv:
    if code != 0 or not passed:
        sys.exit(f"recorded nothing: {len(passed)} passed, exit code {code}")
    LIST.write_text("\n".join(passed) + "\n")
    print(f"recorded {len(passed)} tests in nightyard/tests.txt; commit it")
else:
    if not LIST.exists():
        sys.exit("nightyard/tests.txt is missing. Fix: python3 nightyard/check_tests.py --record")
    missing = [name for name in LIST.read_text().splitlines() if name and name not in passed]
    if missing:
        sys.exit(f"{len(missing)} tests no longer pass, first: {missing[0]}")
    if code != 0:
        sys.exit(f"the tests ended with exit code {code}")
    print(f"{len(passed)} tests still pass")
