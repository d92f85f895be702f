"""Runs the tests of the clients in Python, and ends with a line in the form of Rust's."""

import pathlib
import sys
import unittest

suite = unittest.defaultTestLoader.discover(str(pathlib.Path(__file__).parent))
result = unittest.TextTestRunner().run(suite)
failed = len(result.failures) + len(result.errors) + len(result.skipped)
print(f"test result: {'FAILED' if failed else 'ok'}. {result.testsRun - failed} passed; {failed} failed", flush=True)
sys.exit(1 if failed else 0)
