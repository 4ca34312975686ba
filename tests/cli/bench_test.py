"""racemate bench: what it prints and writes, with few people. Times are never looked at beyond being there."""

import json
import unittest

from program import BAD_INPUT, UNWRITABLE, USAGE, ProgramTest, fenced_blocks, SOURCE


class Bench(ProgramTest):
    def test_json_of_a_quick_run(self):
        done = self.run_program("bench", "w1", "--quick", "--without-r", "--json", "-")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("w1", done.stderr)  # progress
        result = json.loads(done.stdout)
        self.assertEqual("racemate-bench/1", result["schema"])
        self.assertTrue(result["quick"])
        self.assertGreater(result["machine"]["limits_ns"]["write_past_caches"], 0)
        (scenario,) = result["scenarios"]
        (case,) = scenario["cases"]
        engines = {engine["engine"]: engine for engine in case["engines"]}
        self.assertLessEqual({"racemate, exact", "Boost.odeint dopri5", "SUNDIALS CVODE BDF"}, set(engines))
        for engine in case["engines"]:
            self.assertLessEqual(engine["error"], 1e-5, engine)
            self.assertGreater(engine["ns_per_row"], 0, engine)
            self.assertGreater(engine["memory_beyond_bytes"], 0, engine)
        self.assertGreater(case["model_ready_seconds"], 0)

    def test_table_and_file(self):
        done = self.run_program("bench", "w3", "w7", "--quick", "--without-r", "--quiet", "--repetitions", 1, "--json",
                                "bench.json", "--width", "110")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assert_only_files("bench.json")
        self.assertIn("racemate, solvers", done.stdout)
        self.assertIn("racemate, exposure", done.stdout)
        self.assertLessEqual(max(len(line) for line in done.stdout.splitlines() if line.startswith("│")), 110)
        scenarios = json.loads((self.folder / "bench.json").read_text(encoding="utf-8"))["scenarios"]
        self.assertEqual(["w3", "w7"], [scenario["id"] for scenario in scenarios])

    def test_engines_that_are_missing_are_named(self):
        done = self.run_program("bench", "w1", "--quick", "--quiet", environment={"PATH": "/nonexistent"})
        self.assertEqual(0, done.returncode, done.stderr)
        for name in ("mrgsolve", "rxode2", "deSolve"):
            self.assertIn(f"{name} (R): skipped: Rscript is not installed", done.stdout)

    def test_list(self):
        done = self.run_program("bench", "--list")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual([f"w{i}" for i in range(1, 8)], [line.split()[0] for line in done.stdout.splitlines()])

    def test_the_scenario_of_the_documentation_runs(self):
        blocks = fenced_blocks((SOURCE / "docs" / "benchmarks.md").read_text(encoding="utf-8"), "toml")
        self.write("mine.toml", blocks[0])
        done = self.run_program("bench", "./mine.toml", "--quick", "--quiet", "--json", "-")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual("mine", json.loads(done.stdout)["scenarios"][0]["id"])

    def test_refused(self):
        self.assert_refused(self.run_program("bench", "w11"), BAD_INPUT, "w11", "did you mean 'w1'")
        self.assert_refused(self.run_program("bench", "--repetitions", "0"), USAGE, "--repetitions")
        self.assert_refused(self.run_program("bench", "--repetitions", "many"), USAGE, "--repetitions")
        self.assert_refused(self.run_program("bench", "w1", "--json", "no/such/folder.json"), UNWRITABLE, "no/such")
        self.write("wrong.toml", 'schema = "racemate-benchmark/1"\nid = "x"\nmeasure = "guess"\n')
        self.assert_refused(self.run_program("bench", "./wrong.toml"), BAD_INPUT, "wrong.toml:3", "title")


if __name__ == "__main__":
    unittest.main()
