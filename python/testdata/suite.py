"""Runs modules of CPython's own test suite; see TestCPythonSuite.

The suite lies under /cpython (the source package's Lib, mounted read-only);
/tmp is the scratch directory.
"""

import io
import sys
import unittest


def run(params):
    sys.path.append("/cpython")
    from test import support

    support.verbose = False
    stream = io.StringIO()
    result = unittest.TextTestRunner(stream=stream, verbosity=0).run(_load(params["module"]))
    return {
        "run": result.testsRun,
        "skipped": len(result.skipped),
        "failed": {str(test.id()): text.strip().rsplit("\n", 1)[-1][:300] for test, text in result.failures + result.errors},
    }


def _load(name):
    """As libregrtest does: the module's load_tests counts."""
    try:
        return unittest.defaultTestLoader.loadTestsFromName(name)
    except unittest.SkipTest as skipped:  # the whole module needs what is not here
        reason = str(skipped)
        return unittest.FunctionTestCase(lambda: unittest.TestCase().skipTest(reason))
