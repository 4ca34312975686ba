"""An installed program finds the data that were installed with it, from any folder."""

import os
import pathlib
import subprocess
import tempfile
import unittest

BUILD = os.environ["RACEMATE_BUILD"]


class Install(unittest.TestCase):
    def test_the_installed_program_reads_the_installed_data(self):
        with tempfile.TemporaryDirectory() as folder:
            prefix = pathlib.Path(folder) / "prefix"
            subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix, "--component", "racemate"],
                           check=True, capture_output=True, timeout=120)
            program = prefix / "bin" / "racemate"

            def listed():
                return subprocess.run([program, "pattern", "list"], cwd="/", capture_output=True, text=True, check=True,
                                      timeout=60).stdout

            shared = prefix / "share" / "racemate"
            self.assertIn("iv-clinic", listed())
            # Only the installed copy changes, so only a program that reads it notices.
            defaults = shared / "defaults.toml"
            text = defaults.read_text(encoding="utf-8")
            defaults.write_text(text.replace('  "weekend-bumps",\n', ""), encoding="utf-8")
            (shared / "patterns" / "weekend-bumps.toml").unlink()
            self.assertNotIn("weekend-bumps", listed())


if __name__ == "__main__":
    unittest.main()
