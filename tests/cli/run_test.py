"""The main job, as a user meets it: outputs, repeatability, interruption, quiet, documents that are run as written."""

import csv
import json
import os
import pty
import shlex
import signal
import subprocess
import unittest

from program import INTERRUPTED, PROGRAM, SOURCE, ProgramTest, fenced_blocks

SMALL = ["iv-clinic", "saturday-400mg", "--subjects", "40", "--days", "28", "--studies", "10"]


class Compare(ProgramTest):
    def test_writes_what_was_asked_for(self):
        done = self.run_program("compare", *SMALL, "--html", "a.html", "--json", "a.json", "--csv", "a.csv")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual("", done.stderr)
        self.assertIn("iv-clinic", done.stdout)
        self.assertNotIn("\x1b", done.stdout)
        self.assert_only_files("a.html", "a.json", "a.csv")
        result = json.loads((self.folder / "a.json").read_text(encoding="utf-8"))
        self.assertEqual("racemate-comparison/1", result["schema"])
        with open(self.folder / "a.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
        self.assertLessEqual({"iv-clinic", "saturday-400mg"}, {row["pattern"] for row in rows})

    def test_json_does_not_depend_on_threads_or_block(self):
        outputs = set()
        for threads, block in ((1, 64), (2, 8), (7, 128), (2, 24)):
            done = self.run_program("compare", *SMALL, "--threads", threads, "--block", block, "--json", "-")
            self.assertEqual(0, done.returncode, done.stderr)
            outputs.add(done.stdout)
        self.assertEqual(1, len(outputs))

    def test_another_seed_gives_other_people(self):
        first, second = (self.run_program("compare", *SMALL, "--seed", seed, "--json", "-").stdout for seed in (1, 2))
        self.assertNotEqual(first, second)

    def test_the_manifest_repeats_the_run(self):
        options = [*SMALL, "--seed", "7", "--weight", "70", "--set", "kamp-2020.CL=50 L/h"]
        first = self.run_program("compare", *options, "--json", "-").stdout
        command = shlex.split(json.loads(first)["manifest"]["command"])
        self.assertEqual("racemate", command[0])
        again = self.run_program(*command[1:], "--json", "-")
        self.assertEqual(first, again.stdout, again.stderr)

    def test_quiet_prints_nothing(self):
        done = self.run_program("compare", *SMALL, "--quiet", "--csv", "a.csv")
        self.assertEqual((0, "", ""), (done.returncode, done.stdout, done.stderr))
        self.assert_only_files("a.csv")

    def test_an_older_output_is_replaced_whole(self):
        self.write("a.json", "x" * 10_000_000)
        self.assertEqual(0, self.run_program("compare", *SMALL, "--quiet", "--json", "a.json").returncode)
        json.loads((self.folder / "a.json").read_text(encoding="utf-8"))

    def test_width(self):
        done = self.run_program("compare", *SMALL, "--width", "80")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)

    def test_nominal_arithmetic_of_the_article(self):
        done = self.run_program("compare", "iv-clinic", "saturday-400mg", "--weight", "70", "--subjects", "1",
                                "--studies", "1", "--json", "-")
        self.assertEqual(0, done.returncode, done.stderr)
        patterns = json.loads(done.stdout)["patterns"]
        nominal = [next(metric for metric in pattern["metrics"] if metric["key"] == "nominal_mg_per_year")
                   for pattern in patterns]
        self.assertAlmostEqual(910, nominal[0]["typical"]["value"], places=6)
        self.assertAlmostEqual(20_800, nominal[1]["typical"]["value"], places=6)


class Interrupted(ProgramTest):
    def test_ctrl_c_leaves_nothing(self):
        """Progress on a terminal shows that the run is under way; then Ctrl-C."""
        master, slave = pty.openpty()
        with subprocess.Popen([PROGRAM, "compare", "--subjects", "100000000", "--html", "a.html", "--json", "a.json"],
                              cwd=self.folder, stdout=subprocess.PIPE, stderr=slave) as process:
            os.close(slave)
            shown = b""
            while b"%" not in shown:
                shown += os.read(master, 4096)
            process.send_signal(signal.SIGINT)
            printed = process.stdout.read()
            self.assertEqual(INTERRUPTED, process.wait(timeout=120))
        while True:
            try:
                more = os.read(master, 4096)
            except OSError:  # the other end is closed: all was read
                break
            if not more:
                break
            shown += more
        os.close(master)
        self.assertEqual(b"", printed)
        self.assertIn(b"interrupted", shown)
        self.assert_only_files()


class Documents(ProgramTest):
    """What the documents tell a newcomer to do works as written."""

    def test_the_pattern_of_each_document_can_be_compared(self):
        for document in ("README.md", "docs/pattern-format.md"):
            text = (SOURCE / document).read_text(encoding="utf-8")
            blocks = [block for block in fenced_blocks(text, "toml") if "racemate-pattern/1" in block]
            self.assertTrue(blocks, f"{document} shows a pattern")
            for block in blocks:
                self.write("mine.toml", block)
                done = self.run_program("pattern", "check", "mine.toml")
                self.assertEqual(0, done.returncode, f"{document}: {done.stderr}")
                done = self.run_program("compare", "iv-clinic", "mine.toml", "--subjects", "10", "--studies", "2",
                                        "--days", "14")
                self.assertEqual(0, done.returncode, f"{document}: {done.stderr}")

    def test_the_model_of_each_document_is_in_order(self):
        for document in ("README.md", "docs/model-format.md"):
            text = (SOURCE / document).read_text(encoding="utf-8")
            for block in fenced_blocks(text, "toml"):
                if "racemate-model/1" in block:
                    self.write("mine.toml", block)
                    done = self.run_program("model", "check", "mine.toml")
                    self.assertEqual(0, done.returncode, f"{document}: {done.stderr}")


class Shipped(ProgramTest):
    def test_everything_that_is_listed_can_be_shown(self):
        for noun in ("model", "pattern"):
            listed = json.loads(self.run_program(noun, "list", "--json").stdout)
            ids = [item["id"] for item in listed[noun + "s"]]
            self.assertGreaterEqual(len(ids), 7)
            text = self.run_program(noun, "list", "--width", "200").stdout
            for one in ids:
                self.assertIn(one, text)
                shown = self.run_program(noun, "show", one)
                self.assertEqual(0, shown.returncode, shown.stderr)
                as_json = json.loads(self.run_program(noun, "show", one, "--json").stdout)
                self.assertIn(one, json.dumps(as_json))

    def test_every_shipped_file_checks(self):
        for noun in ("model", "pattern"):
            files = sorted((SOURCE / (noun + "s")).glob("*.toml"))
            done = self.run_program(noun, "check", *files)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual(len(files), len(done.stdout.splitlines()))

    def test_version_and_help(self):
        self.assertRegex(self.run_program("--version").stdout, r"^racemate \d+\.\d+\.\d+\n$")
        for arguments in (["--help"], ["compare", "--help"], ["model", "--help"], ["pattern", "check", "--help"]):
            done = self.run_program(*arguments)
            self.assertEqual(0, done.returncode)
            self.assertIn("Usage", done.stdout)


if __name__ == "__main__":
    unittest.main()
