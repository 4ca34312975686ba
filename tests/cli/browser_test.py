"""The HTML report in a real browser: it renders, and the console stays empty.

The page forbids every request by its content security policy, so a request, like an error, would show in the console.
Skipped (exit status 77) where there is no Chromium.
"""

import html
import json
import re
import shutil
import subprocess
import sys
import unittest

from program import ProgramTest

CHROMIUM = shutil.which("chromium")
SKIPPED = 77


class Report(ProgramTest):
    def browse(self, *arguments):
        return subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--enable-logging=stderr", f"--user-data-dir={self.folder / 'profile'}", *arguments,
             (self.folder / "a.html").as_uri()],
            capture_output=True, text=True, timeout=180, check=True)

    def test_renders_without_a_word_in_the_console(self):
        done = self.run_program("compare", "iv-clinic", "esketamine-label-trd", "saturday-400mg", "--subjects", "50",
                                "--days", "28", "--studies", "10", "--quiet", "--html", "a.html", "--json", "a.json")
        self.assertEqual(0, done.returncode, done.stderr)
        page = self.browse("--dump-dom")
        self.assertEqual([], [line for line in page.stderr.splitlines() if "CONSOLE" in line])
        self.assertIn("<svg", page.stdout)
        self.assertIn("<table", page.stdout)
        for pattern in json.loads((self.folder / "a.json").read_text(encoding="utf-8"))["patterns"]:
            self.assertIn(pattern["title"], html.unescape(page.stdout))
        self.assertFalse(re.findall(r'(?:src|srcset|data|action)="(?!data:)', page.stdout))
        picture = self.folder / "a.png"
        self.browse(f"--screenshot={picture}", "--window-size=1200,2400")
        self.assertGreater(picture.stat().st_size, 50_000, "a blank page makes a small picture")


if __name__ == "__main__":
    if CHROMIUM is None:
        print("no Chromium here")
        sys.exit(SKIPPED)
    unittest.main()
