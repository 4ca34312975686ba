"""racemate simulate --data, as a user meets it: NONMEM-style records in, one row per record out; what is refused."""

import csv
import gzip
import io
import json
import os
import pathlib
import unittest

from program import BAD_INPUT, SOURCE, UNREADABLE, UNWRITABLE, USAGE, ProgramTest

FAILED = 6
MODEL = str(SOURCE / "conformance/models/nonmem-dosing.toml")
HEADER = "ID,TIME,EVID,AMT,RATE,II,ADDL,SS,CMT,LAGT,BIOAV,DUR2,RAT2\n"
RECORDS = HEADER + "".join(line + ",0,1,2,10\n" for line in (
    "1,0,1,100,0,12,2,0,1", "1,1,0,.,.,.,.,.,2", "1,30,0,.,.,.,.,.,2", "2,0,1,100,10,0,0,0,2", "2,12,0,.,.,.,.,.,2"))
BLOW_UP = """schema = "racemate-model/1"
id = "blow-up"
title = "has no value at 3 h"
kind = "published"
tier = "assumption"
substances = ["racemic ketamine"]
summary = "For a test."
[states.x]
unit = "1"
initial = 1
derivative = "x^2 / 3[h]"
[compartments.central]
analyte = "ketamine"
volume = "1[L]"
systemic = true
[[flows]]
from = "central"
rate = "1[1/h]"
[[routes.intravenous.inputs]]
to = "central"
fraction = 1
[outputs.x]
title = "x"
value = "x"
unit = "1"
[domain]
population = "nobody"
routes = [{ route = "intravenous" }]
"""


class Records(ProgramTest):
    def rows(self, *arguments):
        done = self.run_program("simulate", *arguments)
        self.assertEqual(0, done.returncode, done.stderr)
        return list(csv.DictReader(io.StringIO(done.stdout)))

    def refused(self, code, *arguments):
        done = self.run_program("simulate", *arguments)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        self.assertEqual("", done.stdout.partition("ID,TIME")[2].partition("\n")[2])
        return done.stderr

    def test_rows_come_in_the_order_of_the_records(self):
        self.write("d.csv", RECORDS)
        for backend in ("automatic", "linear", "reference", "ode"):
            rows = self.rows(MODEL, "--data", "d.csv", "--backend", backend)
            self.assertEqual(["ID", "TIME", "CP"], list(rows[0]))
            self.assertEqual([("1", "0"), ("1", "1"), ("1", "30"), ("2", "0"), ("2", "12")],
                             [(row["ID"], row["TIME"]) for row in rows])
            # 10 mg/h for 10 h, then 2 h alone: 10 / 1.1 (1 - exp(-0.55)) exp(-0.11) mg/L.
            self.assertAlmostEqual(3445.298, float(rows[4]["CP"]), delta=0.01)

    def test_files_pipes_and_the_manifest(self):
        self.write("d.csv", RECORDS)
        printed = self.run_program("simulate", MODEL, "--data", "d.csv").stdout
        done = self.run_program("simulate", MODEL, "--data", "d.csv", "--out", "o.csv.gz", "--json", "m.json",
                                "--backend", "ode", "--method", "stiff")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("5 records of 2 subjects, ode engine", done.stderr)
        self.assertEqual(printed.splitlines()[0], gzip.decompress((self.folder / "o.csv.gz").read_bytes()).decode()
                         .splitlines()[0])
        manifest = json.loads((self.folder / "m.json").read_text())
        self.assertEqual("racemate-records/1", manifest["schema"])
        self.assertEqual("ode", manifest["manifest"]["engine"]["used"])
        self.assertEqual("stiff Rodas5P", manifest["manifest"]["engine"]["method"])
        self.assertEqual(2, manifest["manifest"]["engine"]["subjects_on_the_stiff_method"])
        self.assertEqual([], manifest["failed"])
        piped = self.run_program("simulate", MODEL, "--data", "-", input=RECORDS)
        self.assertEqual(printed, piped.stdout)

    def test_a_subject_that_fails_is_named_and_never_zero(self):
        self.write("model.toml", BLOW_UP)
        self.write("d.csv", "ID,TIME,AMT\n7,0,.\n7,1.5,.\n7,4,.\n8,0,.\n8,1.5,.\n")
        done = self.run_program("simulate", "./model.toml", "--data", "d.csv", "--out", "o.csv")
        self.assertEqual(FAILED, done.returncode, done.stderr)
        self.assertIn("subject 7 failed at 3 h", done.stderr)
        with (self.folder / "o.csv").open() as table:
            rows = list(csv.DictReader(table))
        self.assertAlmostEqual(2, float(rows[1]["x"]), delta=1e-4)
        self.assertEqual(".", rows[2]["x"])
        self.assertAlmostEqual(2, float(rows[4]["x"]), delta=1e-4)

    def test_bad_records_say_where_and_leave_no_file(self):
        for text, expected in (
                ("", "empty"),
                ("ID,TIME\n1,0\n", "AMT"),
                ("ID,TIME,AMT,AMT\n1,0,1,1\n", "AMT"),
                (RECORDS.replace("1,30,0", "1,0.5,0"), "d.csv:4:"),
                (RECORDS.replace("100,10,0", "100,ten,0"), "d.csv:5:"),
                (RECORDS + RECORDS.splitlines()[1] + "\n", "d.csv:7:"),
                (RECORDS.replace("100,10,0,0,0,2", "100,10,0,0,0,9"), "CMT"),
                (RECORDS.replace("100,10,0,0,0,2", "100,0,0,0,1,2"), "II"),
                (RECORDS.replace("100,10,0,0,0,2", "1e9,1,0,0,0,2"), "d.csv:5:"),
                (RECORDS.replace("LAGT", "LAG"), "LAGT")):
            self.write("d.csv", text)
            message = self.refused(BAD_INPUT, MODEL, "--data", "d.csv", "--out", "o.csv")
            self.assertIn(expected, message)
            self.assert_only_files("d.csv")

    def test_what_does_not_go_together_is_refused(self):
        self.write("d.csv", RECORDS)
        self.assertIn("--regimen", self.refused(USAGE, MODEL, "--data", "d.csv", "--regimen", "iv-clinic"))
        self.assertIn("--uncertainty", self.refused(USAGE, MODEL, "--data", "d.csv", "--uncertainty", 3))
        self.assertIn("linear", self.refused(USAGE, MODEL, "--data", "d.csv", "--backend", "liner"))
        self.assertIn("--rtol", self.refused(USAGE, MODEL, "--data", "d.csv", "--rtol", "1"))
        self.assertIn("itself", self.refused(USAGE, MODEL, "--data", "d.csv", "--out", "d.csv"))
        self.assertIn("--data", self.refused(USAGE, MODEL))
        self.assertIn("--covariates", self.refused(USAGE, MODEL, "--regimen", "iv-clinic", "--times", "0:1:1h",
                                                   "--covariates", "locf"))
        self.refused(UNREADABLE, MODEL, "--data", "missing.csv")
        self.refused(UNWRITABLE, MODEL, "--data", "d.csv", "--out", "no/such/folder.csv")
        self.assertEqual(RECORDS, (self.folder / "d.csv").read_text())

    def test_nonmem_rows_where_they_are(self):
        oracles = pathlib.Path(os.environ.get("RACEMATE_ORACLES", SOURCE / "../shared/oracles"))
        for name in ("nonmem-dosing", "nonmem-time-varying"):
            if not (oracles / name).exists():
                self.skipTest(f"oracle {name} is not here")
            rows = self.rows(str(SOURCE / f"conformance/models/{name}.toml"), "--data", str(oracles / name / "records.csv"))
            with (oracles / name / "nonmem.csv").open() as answers:
                for row, answer in zip(rows, csv.DictReader(answers), strict=True):
                    reference = float(answer["CP"])
                    self.assertAlmostEqual(reference, float(row["CP"]), delta=max(1e-3, 6e-5 * abs(reference)))


if __name__ == "__main__":
    unittest.main()
