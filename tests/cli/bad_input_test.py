"""Bad input, as a user meets it: the documented exit code, file:line:column, what was expected, nothing half-written."""

import os
import subprocess
import unittest

from program import BAD_INPUT, PROGRAM, UNREADABLE, UNWRITABLE, USAGE, ProgramTest, position

PATTERN = """schema = "racemate-pattern/1"
id = "mine"
title = "80 mg twice on Fridays"
kind = "non-medical"
substance = "racemic ketamine"
form = "hydrochloride"
route = "intranasal"
purity = 0.8

[dose]
amount = "80 mg"
units = 2
every = "1 h"

[schedule]
start_time = "21:00"
weekdays = ["Fri"]
"""

MODEL = """schema = "racemate-model/1"
id = "mini"
title = "one compartment"
kind = "published"
tier = "V3"
substances = ["racemic ketamine"]
source = ["kamp-2020"]
summary = "for a test"

[covariates]
weight = { unit = "kg", reference = "70 kg", low = "40 kg", high = "170 kg" }

[parameters.CL]
value = "79 L/h"
description = "clearance"
source = "kamp-2020"
typical = "value * (weight / 70[kg])^0.75"

[parameters.V]
value = "150 L"
description = "volume"
source = "kamp-2020"

[compartments.central]
analyte = "ketamine"
volume = "V"
systemic = true

[[flows]]
from = "central"
clearance = "CL"

[[routes.intravenous.inputs]]
to = "central"
fraction = "1"

[outputs.ketamine]
title = "ketamine in plasma"
compartment = "central"
analyte = "ketamine"
matrix = "plasma"
site = "venous"

[domain]
population = "nobody"
age = ["18 a", "86 a"]
weight = ["40 kg", "170 kg"]
routes = [{ route = "intravenous", low = "5 mg", high = "100 mg" }]
"""


class BadPattern(ProgramTest):
    def check(self, old, new, code, at, file_name="mine.toml"):
        """PATTERN with `old` replaced is refused with `code` at the place of the word `at`."""
        text = PATTERN.replace(old, new)
        self.assertNotEqual(PATTERN, text, "the test changes something")
        self.write(file_name, text)
        done = self.run_program("pattern", "check", file_name)
        self.assert_refused(done, BAD_INPUT, code, f"{file_name}:{position(text, at)}")
        # The same file is refused by the main job, which writes nothing.
        compared = self.run_program("compare", f"./{file_name}", "--html", "out.html", "--json", "out.json")
        self.assert_refused(compared, BAD_INPUT, code)
        self.assert_only_files(file_name)
        return done.stderr

    def test_the_pattern_itself_is_in_order(self):
        self.write("mine.toml", PATTERN)
        done = self.run_program("pattern", "check", "mine.toml")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("in order", done.stdout)

    def test_toml_syntax(self):
        self.check('amount = "80 mg"', 'amount = "80 mg', "RM-syntax", "\nunits")

    def test_missing_unit(self):
        self.check('"80 mg"', '"80"', "RM-unknown-unit", '"80"')

    def test_unknown_unit(self):
        self.check('"80 mg"', '"80 mgg"', "RM-unknown-unit", '"80 mgg"')

    def test_unit_of_another_dimension(self):
        self.check('"1 h"', '"1 L"', "RM-wrong-dimension", '"1 L"')

    def test_unknown_field_gets_the_nearest(self):
        self.assertIn("route", self.check("route =", "rout =", "RM-unknown-field", "rout ="))

    def test_unknown_route_gets_the_nearest(self):
        self.assertIn("intranasal", self.check('"intranasal"', '"intranasl"', "RM-unknown-name", '"intranasl"'))

    def test_nan(self):
        self.check("purity = 0.8", "purity = nan", "RM-out-of-range", "nan")

    def test_negative_dose(self):
        self.check('"80 mg"', '"-80 mg"', "RM-out-of-range", '"-80 mg"')

    def test_a_calendar_that_never_ends(self):
        self.check('weekdays = ["Fri"]', 'every = "0 d"', "RM-out-of-range", '"0 d"')

    def test_a_calendar_without_days(self):
        text = PATTERN.replace('["Fri"]', "[]")
        self.write("mine.toml", text)
        done = self.run_program("pattern", "check", "mine.toml")
        self.assert_refused(done, BAD_INPUT, "mine.toml:", "RM-")

    def test_an_endless_session(self):
        text = PATTERN.replace("units = 2", "units = 2000000000")
        self.write("mine.toml", text)
        done = self.run_program("pattern", "check", "mine.toml")
        self.assert_refused(done, BAD_INPUT, "mine.toml:", "RM-")

    def test_a_dose_into_a_route_that_the_model_lacks(self):
        self.write("mine.toml", PATTERN.replace("purity = 0.8", 'model = "kamp-2020"'))
        for command in (["pattern", "check", "mine.toml"], ["compare", "mine.toml", "--json", "out.json"]):
            done = self.run_program(*command)
            self.assert_refused(done, BAD_INPUT, "mine.toml", "kamp-2020", "intranasal", "intravenous")
        self.assert_only_files("mine.toml")

    def test_all_problems_of_a_file_at_once(self):
        text = PATTERN.replace('"80 mg"', '"80 mgg"').replace("units = 2", "units = 0").replace("0.8", "1.8")
        text = text.replace('"Fri"', '"Freitag"')
        self.write("mine.toml", text)
        done = self.run_program("pattern", "check", "mine.toml")
        self.assert_refused(done, BAD_INPUT, "4 problems",
                            *(f"mine.toml:{position(text, at)}" for at in ('"80 mgg"', "0\nevery", "1.8")))
        self.assertIn("Fri", done.stderr)

    def test_all_problems_of_several_files_at_once(self):
        self.write("a.toml", PATTERN.replace('"80 mg"', '"80"'))
        self.write("b.toml", PATTERN)
        self.write("c.toml", PATTERN.replace("0.8", "-1"))
        done = self.run_program("pattern", "check", "a.toml", "b.toml", "c.toml")
        self.assertEqual(BAD_INPUT, done.returncode)
        self.assertIn("a.toml:", done.stderr)
        self.assertIn("c.toml:", done.stderr)
        self.assertIn("b.toml", done.stdout)

    def test_hostile_bytes_do_not_reach_the_terminal(self):
        (self.folder / "mine.toml").write_bytes(PATTERN.replace("80 mg twice", "\x1b[31m").encode() + b'x = "\xff\xfe"\n')
        done = self.run_program("pattern", "check", "mine.toml", errors="replace")
        self.assertEqual(BAD_INPUT, done.returncode)
        self.assertNotIn("\x1b", done.stderr)


class BadModel(ProgramTest):
    def check(self, old, new, code, at, offset=0):
        text = MODEL.replace(old, new)
        self.assertNotEqual(MODEL, text, "the test changes something")
        self.write("mini.toml", text)
        done = self.run_program("model", "check", "mini.toml")
        self.assert_refused(done, BAD_INPUT, code, f"mini.toml:{position(text, at, offset)}")
        self.assert_only_files("mini.toml")
        return done.stderr

    def test_the_model_itself_is_in_order(self):
        self.write("mini.toml", MODEL)
        done = self.run_program("model", "check", "mini.toml")
        self.assertEqual(0, done.returncode, done.stderr)

    def test_negative_clearance(self):
        self.check('"79 L/h"', '"-79 L/h"', "RM-out-of-range", '"-79 L/h"')

    def test_missing_unit(self):
        self.check('"79 L/h"', '"79"', "RM-unknown-unit", '"79"')

    def test_unknown_unit(self):
        self.check('"79 L/h"', '"79 L/hour"', "RM-unknown-unit", '"79 L/hour"')

    def test_unknown_name_in_an_expression(self):
        self.assertIn("weight", self.check("(weight /", "(wieght /", "RM-unknown-name", "wieght"))

    def test_unknown_function_in_an_expression(self):
        self.assertIn("exp", self.check("value * (weight", "value * expp(weight", "RM-unknown-name", "expp"))

    def test_units_that_do_not_fit(self):
        self.check("weight / 70[kg]", "weight + 70[L]", "RM-wrong-dimension", "weight + 70[L]", 7)

    def test_a_flow_to_a_compartment_that_does_not_exist(self):
        self.assertIn("central", self.check('from = "central"\n', 'from = "central"\nto = "centrl"\n',
                                            "RM-unknown-name", '"centrl"'))

    def test_several_problems_at_once(self):
        text = MODEL.replace('"79 L/h"', '"79"').replace('"150 L"', '"-150 L"').replace('"venous"', '"venus"')
        self.write("mini.toml", text)
        done = self.run_program("model", "check", "mini.toml")
        self.assert_refused(done, BAD_INPUT, *(f"mini.toml:{position(text, at)}"
                                               for at in ('"79"', '"-150 L"', '"venus"')))
        self.assertIn("3 problems", done.stderr)


class BadRequest(ProgramTest):
    def refuse(self, exit_code, arguments, *fragments):
        done = self.run_program(*arguments)
        self.assert_refused(done, exit_code, *fragments)
        self.assert_only_files()

    def test_words_that_do_not_exist(self):
        self.refuse(USAGE, ["comapre"], "compare")
        self.refuse(USAGE, ["compare", "--subjcts", "3"], "--subjects")
        self.refuse(USAGE, ["compare", "--subjects", "many"], "--subjects", "'many'")
        self.refuse(BAD_INPUT, ["compare", "iv-clinc"], "iv-clinc", "iv-clinic")
        self.refuse(BAD_INPUT, ["compare", "iv-clinic", "--cohort", "nobody"], "nobody")
        self.refuse(BAD_INPUT, ["compare", "iv-clinic", "--model", "iv-clinic=kamp"], "kamp", "kamp-2020")
        self.refuse(BAD_INPUT, ["compare", "iv-clinic", "--set", "kamp-2020.CLX=3 L/h"], "CLX", "CL")

    def test_weights_that_nobody_has(self):
        for weight in ("0", "900"):
            self.refuse(BAD_INPUT, ["compare", "iv-clinic", "--weight", weight, "--json", "out.json"], "weight", "kg")
        self.refuse(USAGE, ["compare", "iv-clinic", "--weight", "nan"], "--weight")

    def test_a_setting_with_another_unit(self):
        self.refuse(BAD_INPUT, ["compare", "iv-clinic", "--set", "kamp-2020.CL=3 kg"], "RM-wrong-dimension")
        self.refuse(BAD_INPUT, ["compare", "iv-clinic", "--set", "kamp-2020.CL=3"], "RM-unknown-unit")
        self.refuse(BAD_INPUT, ["compare", "iv-clinic", "--set", "kamp-2020.CL=-3 L/h"], "RM-out-of-range")

    def test_a_horizon_without_a_session(self):
        self.refuse(BAD_INPUT, ["compare", "iv-clinic", "--days", "0"], "days")

    def test_a_pattern_named_twice(self):
        self.refuse(BAD_INPUT, ["compare", "iv-clinic", "iv-clinic"], "iv-clinic", "twice")

    def test_a_folder_instead_of_a_file(self):
        (self.folder / "folder.toml").mkdir()
        done = self.run_program("pattern", "check", "folder.toml")
        self.assert_refused(done, UNREADABLE, "folder.toml", "directory")

    def test_a_file_that_is_not_there(self):
        self.refuse(UNREADABLE, ["pattern", "check", "nowhere.toml"], "nowhere.toml")

    def test_a_file_of_100_megabytes(self):
        with open(self.folder / "large.toml", "wb") as file:
            file.truncate(100 * 1024 * 1024)
        for noun in ("pattern", "model"):
            self.assert_refused(self.run_program(noun, "check", "large.toml"), UNREADABLE, "large.toml",
                                "RM-file-too-large")

    def test_an_endless_file(self):
        self.refuse(UNREADABLE, ["pattern", "check", "/dev/zero"], "/dev/zero")

    def test_outputs_that_cannot_be_written(self):
        (self.folder / "taken").mkdir()
        for option in ("--html", "--json", "--csv"):
            for target in ("nowhere/out", "taken"):
                done = self.run_program("compare", "iv-clinic", option, target)
                self.assert_refused(done, UNWRITABLE, target, "RM-unwritable-output")
        self.assert_only_files("taken")

    def test_all_outputs_are_checked_before_the_run(self):
        done = self.run_program("compare", "iv-clinic", "--html", "good.html", "--json", "nowhere/out")
        self.assert_refused(done, UNWRITABLE, "nowhere/out")
        self.assert_only_files()

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_an_output_without_permission(self):
        (self.folder / "closed").mkdir(mode=0o500)
        self.assert_refused(self.run_program("compare", "iv-clinic", "--json", "closed/out"), UNWRITABLE, "closed/out")

    def test_an_output_over_an_input(self):
        self.write("mine.toml", PATTERN)
        done = self.run_program("compare", "mine.toml", "--json", "./mine.toml")
        self.assert_refused(done, USAGE, "mine.toml", "overwrite")
        self.assertEqual(PATTERN, (self.folder / "mine.toml").read_text(encoding="utf-8"))

    def test_standard_output_that_takes_nothing(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PROGRAM, "pattern", "list"], stdout=full, stderr=subprocess.PIPE, text=True,
                                  timeout=60, check=False)
        self.assertEqual(UNWRITABLE, done.returncode, done.stderr)

    def test_wrong_data_folder(self):
        done = self.run_program("pattern", "list", environment={"RACEMATE_DATA": str(self.folder)})
        self.assert_refused(done, UNREADABLE, "RACEMATE_DATA")


if __name__ == "__main__":
    unittest.main()
