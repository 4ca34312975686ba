"""What the end-to-end tests share: running the program in an empty folder, and where a word stands in a text."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

PROGRAM = os.environ.get("RACEMATE", "racemate")
SOURCE = pathlib.Path(__file__).resolve().parents[2]

USAGE = 2
BAD_INPUT = 3
UNREADABLE = 4
UNWRITABLE = 5
INTERRUPTED = 130


def position(text, word, offset=0):
    """line:column of the first `word` in `text`, both from 1, `offset` characters further on."""
    before = text[: text.index(word) + offset]
    return f"{before.count(chr(10)) + 1}:{len(before) - (before.rfind(chr(10)) + 1) + 1}"


class ProgramTest(unittest.TestCase):
    """Each test has a folder of its own, in which the program runs."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def run_program(self, *arguments, **options):
        environment = {**os.environ, "NO_COLOR": "1", **options.pop("environment", {})}
        return subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, env=environment, timeout=300,
                              capture_output=True, text=True, check=False, **options)

    def assert_refused(self, done, exit_code, *fragments):
        """Exit code, nothing on standard output, and every fragment in the message."""
        self.assertEqual(exit_code, done.returncode, done.stderr or done.stdout)
        self.assertEqual("", done.stdout)
        for fragment in fragments:
            self.assertIn(fragment, done.stderr)

    def assert_only_files(self, *names):
        self.assertEqual(sorted(names), sorted(path.name for path in self.folder.iterdir()))


def fenced_blocks(markdown, language):
    return re.findall(rf"^```{language}\n(.*?)^```", markdown, re.DOTALL | re.MULTILINE)
