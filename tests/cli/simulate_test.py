"""racemate simulate and merge, as a user meets them: files, shards, summaries, what is refused, Ctrl-C."""

import csv
import gzip
import io
import itertools
import json
import os
import pty
import shlex
import signal
import subprocess
import unittest

from program import BAD_INPUT, INTERRUPTED, PROGRAM, SOURCE, UNREADABLE, UNWRITABLE, USAGE, ProgramTest, fenced_blocks

CLINIC = ["simulate", "kamp-2020", "--regimen", "iv-clinic", "--times", "0:24:2h"]
SUMMARY = ["--summary", "quantiles,exposure", "--above", "ketamine=100ng/mL", "--above", "ketamine=0.01 mg/L"]


class SimulateTest(ProgramTest):
    def simulate(self, *arguments):
        done = self.run_program(*CLINIC, *arguments)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def bytes_of(self, name):
        return (self.folder / name).read_bytes()


class Table(SimulateTest):
    def test_to_standard_output_and_to_a_file_is_the_same(self):
        printed = self.simulate("--subjects", 5)
        self.simulate("--subjects", 5, "--out", "a.csv")
        self.assertEqual(printed.encode(), self.bytes_of("a.csv"))
        rows = list(csv.DictReader(io.StringIO(printed)))
        self.assertEqual(5 * 13, len(rows))
        self.assertEqual(["ID", "TIME", "ketamine"], list(rows[0]))
        self.assert_only_files("a.csv")

    def test_packed_by_name(self):
        printed = self.simulate("--subjects", 40)
        self.simulate("--subjects", 40, "--out", "a.csv.gz")
        self.simulate("--subjects", 40, "--out", "b.csv.gz", "--threads", 3, "--block", 8)
        self.assertEqual(printed.encode(), gzip.decompress(self.bytes_of("a.csv.gz")))
        self.assertEqual(self.bytes_of("a.csv.gz"), self.bytes_of("b.csv.gz"))

    def test_studies_and_replicates_have_columns(self):
        rows = list(csv.DictReader(io.StringIO(self.simulate("--subjects", 3, "--uncertainty", 2, "--replicates", 2))))
        self.assertEqual(["STUDY", "REP", "ID", "TIME", "ketamine"], list(rows[0]))
        seen = [(row["STUDY"], row["REP"], row["ID"]) for row in rows]
        self.assertEqual(list(itertools.product("12", "12", "123")), sorted(set(seen)))
        self.assertEqual(2 * 2 * 3 * 13, len(rows))


class Summary(SimulateTest):
    def test_rows(self):
        rows = list(csv.DictReader(io.StringIO(self.simulate("--subjects", 200, *SUMMARY))))
        self.assertEqual(["SUMMARY", "OUTPUT", "TIME", "STATISTIC", "VALUE", "UNIT"], list(rows[0]))
        self.assertEqual({"concentration", "fraction_above_100ng/mL", "fraction_above_0.01mg/L", "cmax", "tmax", "auc",
                          "hours_above_100ng/mL", "hours_above_0.01mg/L"}, {row["SUMMARY"] for row in rows})
        value = {(row["SUMMARY"], row["TIME"], row["STATISTIC"]): float(row["VALUE"]) for row in rows}
        self.assertLess(value["cmax", "", "p5"], value["cmax", "", "median"])
        self.assertLess(value["cmax", "", "median"], value["cmax", "", "p95"])
        self.assertAlmostEqual(10.667, value["tmax", "", "median"], delta=0.02)
        self.assertLess(value["hours_above_100ng/mL", "", "median"], value["hours_above_0.01mg/L", "", "median"])

    def test_trials_give_intervals(self):
        rows = list(csv.DictReader(io.StringIO(self.simulate("--subjects", 50, "--uncertainty", 20, *SUMMARY))))
        self.assertEqual(["SUMMARY", "OUTPUT", "TIME", "STATISTIC", "VALUE", "LOW", "HIGH", "UNIT"], list(rows[0]))
        for row in rows:
            self.assertLessEqual(float(row["LOW"]), float(row["VALUE"]))
            self.assertLessEqual(float(row["VALUE"]), float(row["HIGH"]))

    def test_the_manifest_repeats_the_run(self):
        options = ["--subjects", 30, "--uncertainty", 3, "--seed", 7, "--set", "kamp-2020.V1=20 L", *SUMMARY]
        self.simulate(*options, "--out", "a.csv", "--json", "a.json")
        document = json.loads(self.bytes_of("a.json"))
        self.assertEqual("racemate-simulation/1", document["schema"])
        manifest = document["manifest"]
        self.assertEqual({"model", "pattern", "cohort"}, {entry["kind"] for entry in manifest["inputs"]})
        self.assertIn("CL", manifest["drawn_per_study"])
        command = shlex.split(manifest["command"])
        again = self.run_program(*command[1:], "--out", "b.csv", "--json", "b.json")
        self.assertEqual(0, again.returncode, again.stderr)
        self.assertEqual(self.bytes_of("a.csv"), self.bytes_of("b.csv"))
        self.assertEqual(self.bytes_of("a.json"), self.bytes_of("b.json"))


class Merge(SimulateTest):
    def shards(self, of, ending, *options):
        names = []
        for index in range(1, of + 1):
            names.append(f"part{index}{ending}")
            self.simulate(*options, "--shard", f"{index}/{of}", "--threads", 1 + index % 2, "--block", 8 * index,
                          "--out", names[-1])
        return names

    def merge(self, *names):
        return self.run_program("merge", *names)

    def test_gives_the_bytes_of_the_whole_run(self):
        trials = ["--subjects", 11, "--uncertainty", 3, "--replicates", 2]
        for options in (["--subjects", 50], ["--subjects", 50, *SUMMARY], trials, [*trials, *SUMMARY]):
            for ending in (".csv", ".csv.gz"):
                with self.subTest(options=options, ending=ending):
                    self.simulate(*options, "--out", f"whole{ending}")
                    parts = self.shards(3, ending, *options)
                    done = self.merge(f"merged{ending}", *reversed(parts))
                    self.assertEqual((0, "", ""), (done.returncode, done.stdout, done.stderr))
                    self.assertEqual(self.bytes_of(f"whole{ending}"), self.bytes_of(f"merged{ending}"))

    def test_to_standard_output(self):
        parts = self.shards(2, ".csv", "--subjects", 4)
        self.assertEqual(self.simulate("--subjects", 4), self.merge("-", *parts).stdout)

    def test_what_is_refused_leaves_no_file(self):
        parts = self.shards(3, ".csv", "--subjects", 9)
        self.simulate("--subjects", 9, "--seed", 2, "--shard", "2/3", "--out", "other.csv")
        self.simulate("--subjects", 9, "--out", "plain.csv")
        cut = self.bytes_of("part2.csv")
        (self.folder / "cut.csv").write_bytes(cut[: len(cut) // 2])
        before = sorted(path.name for path in self.folder.iterdir())
        for code, names, words in ((BAD_INPUT, [parts[0], parts[2]], ["shard 2/3 is missing"]),
                                   (BAD_INPUT, [*parts, parts[1]], ["part2.csv", "a second time"]),
                                   (BAD_INPUT, [parts[0], "other.csv", parts[2]], ["other.csv", "another run"]),
                                   (BAD_INPUT, [*parts, "plain.csv"], ["plain.csv", "is not a shard"]),
                                   (BAD_INPUT, [parts[0], "cut.csv", parts[2]], ["cut.csv", "rows"]),
                                   (UNREADABLE, [*parts, "nowhere.csv"], ["nowhere.csv"])):
            with self.subTest(names=names):
                self.assert_refused(self.merge("out.csv", *names), code, *words)
        self.assert_refused(self.merge(parts[0], *parts), USAGE, "one of the shards")
        self.assert_refused(self.merge("nowhere/out.csv", *parts), UNWRITABLE, "nowhere")
        self.assertEqual(before, sorted(path.name for path in self.folder.iterdir()))


class Refused(SimulateTest):
    def refuse(self, exit_code, arguments, *fragments):
        self.assert_refused(self.run_program(*CLINIC, *arguments), exit_code, *fragments)
        self.assert_only_files()

    def test_options_that_make_no_sense(self):
        for arguments, fragments in ((["--summary", "means"], ["--summary", "'means'"]),
                                     (["--summary", "quantiles,quantiles"], ["twice"]),
                                     (["--above", "ketamine=1ng/mL"], ["--above", "--summary"]),
                                     (["--summary", "exposure", "--above", "ketamine"], ["--above", "OUTPUT=LEVEL"]),
                                     (["--shard", "0/3"], ["--shard", "I/N"]),
                                     (["--shard", "4/3"], ["--shard"]),
                                     (["--uncertainty", "0"], ["--uncertainty"]),
                                     (["--uncertainty", "1e3"], ["--uncertainty"]),
                                     (["--replicates", "-1"], ["--replicates"]),
                                     (["--replicates", "1000000000"], ["--replicates"]),
                                     (["--typical", "--replicates", "2"], ["--replicates", "--typical"]),
                                     (["--out", "a", "--json", "a"], ["both write"])):
            with self.subTest(arguments=arguments):
                self.refuse(USAGE, arguments, *fragments)

    def test_what_only_the_model_can_tell(self):
        self.refuse(BAD_INPUT, ["--outputs", "ketamin"], "ketamin", "did you mean 'ketamine'")
        self.refuse(BAD_INPUT, ["--summary", "exposure", "--above", "S-ketamine=1ng/mL"], "--above", "S-ketamine")
        self.refuse(BAD_INPUT, ["--summary", "exposure", "--above", "ketamine=1h"], "concentration")
        self.refuse(BAD_INPUT, ["--subjects", "1000000000", "--replicates", "100000"], "people together")
        self.refuse(BAD_INPUT, ["--subjects", "0"], "--subjects")

    def test_outputs_that_cannot_be_written(self):
        (self.folder / "taken").mkdir()
        for option in ("--out", "--json"):
            for target in ("nowhere/a.csv.gz", "taken"):
                done = self.run_program(*CLINIC, option, target)
                self.assert_refused(done, UNWRITABLE, target, "RM-unwritable-output")
        self.assert_only_files("taken")

    def test_a_full_disk(self):
        for options in ([], SUMMARY):
            done = self.run_program(*CLINIC, "--subjects", "2000", *options, "--out", "/dev/full")
            self.assert_refused(done, UNWRITABLE, "/dev/full")


class Interrupted(SimulateTest):
    def interrupt(self, *arguments):
        """Progress on a terminal shows that the run is under way; then Ctrl-C."""
        master, slave = pty.openpty()
        with subprocess.Popen([PROGRAM, *CLINIC, *arguments], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=slave) as process:
            os.close(slave)
            shown = b""
            while b"%" not in shown:
                shown += os.read(master, 4096)
            process.send_signal(signal.SIGINT)
            printed = process.stdout.read()
            self.assertEqual(INTERRUPTED, process.wait(timeout=120))
        os.close(master)
        self.assertEqual(b"", printed)
        self.assert_only_files()

    def test_ctrl_c_leaves_nothing(self):
        self.interrupt("--subjects", "100000000", "--out", "a.csv.gz", "--json", "a.json")
        self.interrupt("--subjects", "100000000", "--summary", "quantiles,exposure", "--out", "a.csv")
        self.interrupt("--subjects", "1000", "--uncertainty", "100000", "--summary", "quantiles", "--out", "a.csv")


class Document(SimulateTest):
    def test_the_commands_of_the_page_work_as_written(self):
        text = (SOURCE / "docs" / "simulate.md").read_text(encoding="utf-8")
        models = [block for block in fenced_blocks(text, "toml") if "racemate-model/1" in block]
        self.assertEqual(1, len(models))
        self.write("mine.toml", models[0])
        commands = 0
        for block in fenced_blocks(text, "sh"):
            for line in block.replace("\\\n", " ").splitlines():
                command = line.split("#")[0].strip()
                if not command:
                    continue
                environment = {**os.environ, "PATH": os.path.dirname(PROGRAM) + os.pathsep + os.environ["PATH"]}
                done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=environment, capture_output=True,
                                      text=True, timeout=300, check=False)
                self.assertEqual(0, done.returncode, f"{command}\n{done.stderr}")
                commands += 1
        self.assertGreaterEqual(commands, 8)
        self.assertEqual(self.bytes_of("whole.csv.gz"), self.bytes_of("merged.csv.gz"))


if __name__ == "__main__":
    unittest.main()
