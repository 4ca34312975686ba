"""`racemate nca`, as a user meets it: a table of one's own, a simulated one, standard input, bad files, help, the page."""

import csv
import json
import math
import os
import pathlib
import shlex
import subprocess
import unittest

from program import BAD_INPUT, PROGRAM, SOURCE, UNREADABLE, UNWRITABLE, USAGE, ProgramTest, fenced_blocks

# 8 exp(-0.1 t) mg/L: 100 mg into 12.5 L at 1.25 L/h.
BOLUS = "ID,TIME,CONC\n" + "".join(f"1,{time},{8 * math.exp(-0.1 * time)!r}\n" for time in (1, 2, 4, 8, 12, 24))


class Analysis(ProgramTest):
    def analyse(self, *arguments, **options):
        done = self.run_program("nca", *arguments, "--json", "-", **options)
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout)

    def value(self, profile, key):
        return profile["quantities"][key]["value"]

    def test_a_bolus_gives_back_its_clearance_and_volumes(self):
        self.write("t.csv", BOLUS)
        result = self.analyse("t.csv", "--dose", 100, "--route", "bolus", "--concentration-unit", "mg/L")
        profile = result["profiles"][0]
        for key, expected, unit in (("c0", 8, "mg/L"), ("auc_inf_observed", 80, "mg.h/L"), ("clearance", 1.25, "L/h"),
                                    ("vss", 12.5, "L"), ("vz", 12.5, "L"), ("mrt_inf", 10, "h"),
                                    ("half_life", 10 * math.log(2), "h")):
            self.assertAlmostEqual(expected, self.value(profile, key), delta=1e-9 * expected, msg=key)
            self.assertEqual(unit, profile["quantities"][key]["unit"])

    def test_units_are_carried(self):
        minutes = "ID,TIME,CONC\n" + "".join(f"1,{60 * time},{8e3 * math.exp(-0.1 * time)!r}\n"
                                             for time in (0, 1, 2, 4, 8, 12, 24))
        self.write("t.csv", minutes)
        profile = self.analyse("t.csv", "--dose", 0.1, "--route", "bolus", "--time-unit", "min", "--dose-unit",
                               "g")["profiles"][0]
        self.assertEqual("ng.min/mL", profile["quantities"]["auc_last"]["unit"])
        self.assertAlmostEqual(1.25, self.value(profile, "clearance"), places=9)

    def test_the_table_shows_units_reasons_and_flags(self):
        self.write("t.csv", BOLUS.splitlines()[0] + "\n1,0,8\n1,1,7\n1,2,6\n1,3,5\n")
        done = self.run_program("nca", "t.csv", "--width", 90)
        self.assertEqual(0, done.returncode, done.stderr)
        for words in ("AUClast (ng·h/mL)", "CL/F; Vz/F: no dose was given", "of AUCinf lies after the last sample",
                      "only after an intravenous bolus"):
            self.assertIn(words, done.stdout)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 90)

    def test_several_subjects_have_rows_and_statistics(self):
        self.write("t.csv", "ID,TIME,CONC\n" + "".join(
            f"{subject},{time},{subject * math.exp(-0.1 * time)!r}\n" for subject in (1, 2, 4, 8)
            for time in (1, 2, 4, 8, 12, 24)))
        result = self.analyse("t.csv", "--dose", 100, "--route", "bolus")
        statistics = result["summaries"][0]["quantities"]["c0"]
        self.assertEqual(4, statistics["n"])
        self.assertAlmostEqual(math.sqrt(8), statistics["geometric_mean"])
        self.assertAlmostEqual(100 * math.sqrt(math.exp(5 / 3 * math.log(2) ** 2) - 1),
                               statistics["geometric_cv_percent"])
        shown = self.run_program("nca", "t.csv", "--dose", 100, "--route", "bolus").stdout
        self.assertIn("over 4 profiles", shown)
        self.assertIn("geometric CV %", shown)

    def test_csv_has_every_number_of_the_json(self):
        self.write("t.csv", BOLUS)
        done = self.run_program("nca", "t.csv", "--dose", 100, "--csv", "o.csv", "--json", "o.json", "--partial", "0:12")
        self.assertEqual(0, done.returncode, done.stderr)
        with open(self.folder / "o.csv", encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(line for line in file if not line.startswith("#"))
                    if row["statistic"] == "value"]
        quantities = json.loads((self.folder / "o.json").read_text(encoding="utf-8"))["profiles"][0]["quantities"]
        self.assertEqual(list(quantities), [row["metric"] for row in rows])
        for row in rows:
            self.assertEqual(quantities[row["metric"]]["value"], float(row["value"]) if row["value"] else None)
            self.assertEqual(quantities[row["metric"]]["reason"] or "", row["note"])


class Simulated(Analysis):
    """A simulated table needs no detour, and its areas are those of the model."""

    SIMULATE = ["simulate", "kamp-2020", "--regimen", "iv-clinic", "--typical", "--weight", "70"]

    def simulate(self, times, *more):
        done = self.run_program(*self.SIMULATE, "--times", times, *more)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def test_clearance_and_volume_are_those_of_the_model(self):
        """The session at 10:00 gives 35 mg over 40 min; samples every minute, so that its end is one of them."""
        table = self.simulate("600:3480:1min")
        profile = self.analyse("-", "--dose", 35, "--dose-time", 10, "--route", "infusion", "--duration", repr(2 / 3),
                               "--lambda-z", "24:48", input=table)["profiles"][0]
        shown = json.loads(self.run_program("model", "show", "kamp-2020", "--json").stdout)
        parameter = {p["name"]: p["value"] for p in shown["parameters"]}
        self.assertAlmostEqual(1, self.value(profile, "clearance") / parameter["CL"], delta=1e-3)
        volume = parameter["V1"] + parameter["V2"] + parameter["V3"]
        self.assertAlmostEqual(1, self.value(profile, "vss") / volume, delta=1e-3)

    def test_a_file_and_standard_input_give_the_same(self):
        table = self.simulate("10:34:1h")
        self.write("t.csv", table)
        options = ["--dose-time", "10", "--dose", "35"]
        from_file = self.analyse("t.csv", *options)
        piped = self.analyse("-", *options, input=table)
        self.assertEqual("standard input", piped.pop("file"))
        self.assertEqual("t.csv", from_file.pop("file"))
        self.assertEqual(from_file, piped)

    def test_every_output_of_every_subject(self):
        done = self.run_program("simulate", "perez-ruixo-2021", "--regimen", "esketamine-label-trd", "--subjects", 3,
                                "--times", "10:34:1h")
        self.assertEqual(0, done.returncode, done.stderr)
        outputs = done.stdout.splitlines()[0].split(",")[2:]
        result = self.analyse("-", "--dose-time", 10, input=done.stdout)
        self.assertEqual([(str(subject), output) for subject in (1, 2, 3) for output in outputs],
                         [(profile["id"], profile["output"]) for profile in result["profiles"]])


class BadFiles(ProgramTest):
    def refuse(self, text, *fragments, options=()):
        self.write("t.csv", text)
        self.assert_refused(self.run_program("nca", "t.csv", "--json", "o.json", *options), BAD_INPUT, *fragments)
        self.assert_only_files("t.csv")

    def test_every_problem_at_its_place(self):
        self.refuse("ID,TIME,CONC\n1,0,0\n1,1,-4\n1,x,3\n1,3,many\n1,2,1\n", "t.csv:3:5", "t.csv:4:3", "t.csv:5:5",
                    "3 problems")

    def test_tables_that_are_none(self):
        self.refuse("", "empty")
        self.refuse("ID;TIME;CONC\n1;0;3\n", "separated by commas")
        self.refuse("ID,TIMES,CONC\n1,0,3\n", "TIME", "TIMES")
        self.refuse("ID,TIME,WT,AGE\n1,0,70,30\n", "more than one column")
        self.refuse("ID,TIME,CONC\n", "no lines")
        self.refuse("ID,TIME,CONC\n1,0,3\n2,0,3\n1,1,3\n", "t.csv:4:1", "returns after another subject")
        self.refuse("ID,TIME,CONC\n1,0,3\n1,0,4\n", "t.csv:3:3", "two samples at one time")

    def test_an_output_that_is_not_there(self):
        self.refuse("ID,TIME,plasma,urine\n1,0,3,1\n", "plasma", options=["--output", "plasmo"])

    def test_units_that_do_not_fit(self):
        self.refuse(BOLUS, "RM-unknown-unit", options=["--concentration-unit", "mcg/mL"])
        self.refuse(BOLUS, "RM-wrong-dimension", options=["--time-unit", "mg"])
        self.refuse(BOLUS, "RM-inconsistent", options=["--concentration-unit", "nmol/L"])

    def test_a_unit_of_time_that_cannot_be_spelled_into_another(self):
        self.write("t.csv", BOLUS)
        for unit in ("m.h/m", "h{" + "x" * 60 + "}"):
            done = self.run_program("nca", "t.csv", "--time-unit", unit)
            self.assertEqual(0, done.returncode, done.stderr)

    def test_half_of_a_limit_that_nobody_gave(self):
        self.refuse(BOLUS + "1,30,BLQ\n", "t.csv:8:", "its limit is not known", options=["--blq", "half"])

    def test_bytes_that_are_no_table(self):
        (self.folder / "t.csv").write_bytes(bytes(range(256)) * 20)
        done = self.run_program("nca", "t.csv")
        self.assertEqual(BAD_INPUT, done.returncode)

    def test_files_that_cannot_be_read_or_written(self):
        self.assert_refused(self.run_program("nca", "nowhere.csv"), UNREADABLE, "nowhere.csv")
        self.write("t.csv", BOLUS)
        self.assert_refused(self.run_program("nca", "t.csv", "--csv", "nowhere/o.csv"), UNWRITABLE, "nowhere/o.csv")
        self.assert_refused(self.run_program("nca", "t.csv", "--csv", "./t.csv"), USAGE, "overwrite")
        self.assertEqual(BOLUS, (self.folder / "t.csv").read_text(encoding="utf-8"))

    def test_an_empty_standard_input(self):
        self.assert_refused(self.run_program("nca", "-", input=""), BAD_INPUT, "standard input", "empty")

    def test_words_that_do_not_exist(self):
        self.assert_refused(self.run_program("nca"), USAGE, "table")
        self.assert_refused(self.run_program("nca", "t.csv", "--rout", "bolus"), USAGE, "--route")
        self.assert_refused(self.run_program("nca", "t.csv", "--method", "log"), USAGE, "linear-up-log-down")


class Documents(ProgramTest):
    def test_help_explains(self):
        done = self.run_program("nca", "--help")
        self.assertEqual(0, done.returncode)
        for words in ("Usage", "--lambda-z", "--blq", "racemate simulate", "Exit codes"):
            self.assertIn(words, done.stdout)
        self.assertIn("nca", self.run_program("--help").stdout)

    def test_the_example_of_the_page_runs_and_gives_what_it_shows(self):
        text = (SOURCE / "docs/nca.md").read_text(encoding="utf-8")
        tables = fenced_blocks(text, "csv")
        self.assertEqual(1, len(tables))
        self.write("table.csv", tables[0])
        commands = [line for block in fenced_blocks(text, "sh") for line in block.replace("\\\n", " ").splitlines()]
        self.assertGreaterEqual(len(commands), 2)
        folder = str(pathlib.Path(PROGRAM).resolve().parent)
        environment = {**os.environ, "NO_COLOR": "1", "PATH": f"{folder}:{os.environ['PATH']}"}
        shown = ""
        for command in commands:
            self.assertTrue(shlex.split(command)[0] == "racemate", command)
            done = subprocess.run(["bash", "-c", "set -o pipefail; " + command], cwd=self.folder, env=environment,
                                  timeout=300, capture_output=True, text=True, check=False)
            self.assertEqual(0, done.returncode, f"{command}: {done.stderr}")
            shown += done.stdout
        for block in fenced_blocks(text, "text"):
            self.assertIn(block, shown)


if __name__ == "__main__":
    unittest.main()
