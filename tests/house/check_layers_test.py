"""The layer check must fail on what it forbids: good and bad little source trees."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import check_layers  # noqa: E402

ROOMS = "set(RACEMATE_ROOMS core model engine cli)\n"


class CheckLayers(unittest.TestCase):
    def breaches(self, files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "CMakeLists.txt").write_text(ROOMS, encoding="utf-8")
            for name, text in files.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return [line.removeprefix(folder + "/") for line in check_layers.find_breaches(root)]

    def test_a_room_may_include_itself_and_rooms_before_it(self):
        self.assertEqual([], self.breaches({"model/a.h": '#include <vector>\n#include "racemate/core/b.h"\n',
                                            "model/a.cc": '#include "racemate/model/a.h"\n'}))

    def test_a_room_may_not_include_a_room_after_it(self):
        self.assertEqual(["model/a.cc:2: room 'model' includes 'racemate/engine/plan.h', a room after it"],
                         self.breaches({"model/a.cc": '// x\n#include "racemate/engine/plan.h"\n'}))

    def test_an_unknown_room_is_refused_as_target_and_as_folder(self):
        self.assertEqual(["model/a.cc:1: 'racemate/modle/a.h' names no room"],
                         self.breaches({"model/a.cc": '#include "racemate/modle/a.h"\n'}))
        self.assertEqual(1, len(self.breaches({"attic/a.cc": ""})))

    def test_simd_stays_in_the_kernels(self):
        self.assertEqual([], self.breaches({"engine/kernels/a.cc": "#include <hwy/highway.h>\n"}))
        self.assertEqual(["engine/a.cc:1: 'hwy/highway.h' belongs in engine/kernels/ only"],
                         self.breaches({"engine/a.cc": "#include <hwy/highway.h>\n"}))

    def test_test_libraries_stay_in_tests(self):
        self.assertEqual([], self.breaches({"core/a_test.cc": "#include <gtest/gtest.h>\n"}))
        self.assertEqual(1, len(self.breaches({"core/a.cc": "#include <gtest/gtest.h>\n"})))

    def test_neighbours_are_named_in_full(self):
        self.assertEqual(1, len(self.breaches({"core/a.h": "", "core/a.cc": '#include "a.h"\n'})))

    def test_the_exit_status_says_it(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "CMakeLists.txt").write_text(ROOMS, encoding="utf-8")
            (root / "core").mkdir()
            (root / "core/a.h").write_text('#include "racemate/cli/b.h"\n', encoding="utf-8")
            self.assertEqual(1, check_layers.main([folder]))


if __name__ == "__main__":
    unittest.main()
