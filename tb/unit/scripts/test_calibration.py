# SPDX-License-Identifier: Apache-2.0
"""scripts/calibration.py: what it reads, and that it sees a bound that is broken."""
import contextlib
import io
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "scripts"))
import calibration  # noqa: E402

HEAD = "table,description,ranks,size_bytes,measure,value,grade,source\n"


def rows(*errors_percent, size=1 << 20):
    return [{"table": "t", "description": "d", "ranks": 2, "size_bytes": size, "time_us": 100.0,
             "simulated_us": 100.0 + error, "wirebw_GBps": 1.0} for error in errors_percent]


def broken(table):
    with contextlib.redirect_stdout(io.StringIO()):
        return calibration.broken_bounds("t", table)


def exit_status(*arguments):
    sys.argv = ["calibration.py", *arguments]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return calibration.main()


class Calibration(unittest.TestCase):
    def test_each_measure_becomes_a_time(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "measured.csv"
            path.write_text(HEAD + "t,d,8,1000000,busbw_GBps,35,M,s\nt,d,2,8,time_us,9.79,M,s\n"
                            "t,d,4,1000000,algbw_GBps,247,M,s\n")
            table = calibration.read_measured(path)
        self.assertAlmostEqual(table[0]["time_us"], 1e6 * 2 * 7 / 8 / 35e9 * 1e6)
        self.assertEqual(table[1]["time_us"], 9.79)
        self.assertAlmostEqual(table[2]["time_us"], 1e6 / 247e9 * 1e6)
        self.assertAlmostEqual(calibration.busbw(table[0], table[0]["time_us"]), 35)

    def test_bounds_hold_to_their_edge(self):
        self.assertEqual(broken(rows(0, 9.9, -9.9, 19.9)), [])
        self.assertEqual(broken(rows(-4.9, 4.9, size=1 << 30)), [])

    def test_each_bound_is_seen(self):
        self.assertIn("worst 20.1 %", broken(rows(0, 0, -20.1))[0])
        self.assertIn("median 10.1 %", broken(rows(10.1, -10.1, 10.1))[0])
        self.assertIn("1 GiB and more 5.1 %", broken(rows(5.1, 0, 0, size=1 << 30))[0])

    def test_in_switch_tables_have_bounds_of_their_own(self):
        def table(*errors, wirebw=309.0, size=1 << 20):
            return [dict(row, table="in_switch_t", wirebw_GBps=wirebw) for row in rows(*errors, size=size)]
        self.assertEqual(broken(table(9.9, 0, 0)), [])
        self.assertIn("worst 10.1 %", broken(table(10.1, 0, 0))[0])
        self.assertEqual(broken(table(0, wirebw=300.0, size=8 << 30)), [])
        self.assertIn("distance of wirebw", broken(table(0, wirebw=299.0, size=8 << 30))[0])
        self.assertEqual(broken(table(0, wirebw=100.0)), [], "small messages are not flat")

    def test_a_row_that_readme_does_not_have_is_told(self):
        table = rows(1)
        table[0].update(grade="M", source="s")
        kept, calibration.simulate_all = calibration.simulate_all, lambda program, all_rows: None
        try:
            with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
                readme = Path(folder) / "README.md"
                readme.write_text(calibration.line(table[0]) + "\n")
                self.assertEqual(calibration.compare("", table, readme), [])
                readme.write_text(calibration.line(table[0]).replace("101.00", "101.01"))
                self.assertIn("not as simulated now", calibration.compare("", table, readme)[0])
        finally:
            calibration.simulate_all = kept

    def test_the_measured_values_are_complete(self):
        table = calibration.read_measured(calibration.MEASURED)
        self.assertGreater(len(table), 20)
        for row in table:
            self.assertGreater(row["time_us"], 0)
            self.assertTrue(row["source"] and row["grade"])

    def test_a_bound_is_the_busiest_part(self):
        # A GB/s is a byte a ns: times are bytes, in thousandths.
        fast = {"payload_GBps": 1.0, "engines": 1, "output_speedup": 9.0, "input_speedup": 9.0, "alu_Gops": 9.0}
        size, n = 1000, 8
        # The link is all that counts: table 3.0, whose gains over a ring are 2(n-1)/(n+1) and 2(n-1)/n.
        ring = 2 * (n - 1) / n * size * 1e-3
        pull, by = calibration.bound("all_reduce", "in_switch_pull", n, size, fast)
        self.assertEqual(by, "link")
        self.assertAlmostEqual(ring / pull, 2 * (n - 1) / (n + 1))
        push, _ = calibration.bound("all_reduce", "in_switch_push", n, size, fast)
        self.assertAlmostEqual(ring / push, 2 * (n - 1) / n)
        self.assertAlmostEqual(calibration.bound("all_gather", "hypercast", n, size, fast)[0], 0.875)
        self.assertAlmostEqual(calibration.bound("broadcast", "hypercast", n, size, fast)[0], 1)
        # Outputs at the rate of a link carry operands and results.
        slow = dict(fast, output_speedup=1.0)
        self.assertEqual(calibration.bound("all_reduce", "in_switch_push", n, size, slow), (2.0, "crossbar output"))
        self.assertAlmostEqual(calibration.bound("all_reduce", "in_switch_pull", n, size, slow)[0], 2.125)
        self.assertEqual(calibration.bound("broadcast", "hypercast", n, size, slow)[0], 1)
        alu = dict(fast, alu_Gops=0.1, engines=2)  # 250 elements over two engines
        self.assertEqual(calibration.bound("all_reduce", "in_switch_push", n, size, alu), (1.25, "ALU"))
        self.assertEqual(calibration.bound("broadcast", "hypercast", n, size, alu)[1], "link")

    def test_what_is_faster_than_its_bound_or_far_from_it_is_told(self):
        (name, algorithm), (size, most) = next(iter(calibration.NEAR_BOUND.items()))

        def problems(simulated_us, size_bytes=size):
            return calibration.beside_bounds([{"description": name, "collective": "c", "algorithm": algorithm,
                                               "size_bytes": size_bytes, "bound_us": 100.0,
                                               "simulated_us": simulated_us}])
        self.assertEqual(problems(100.0), [])
        self.assertEqual(problems(99.9 + most), [])
        self.assertIn("less than the bound", problems(99.99)[0])
        self.assertIn(f"more than {most} %", problems(100.1 + most)[0])
        self.assertEqual(problems(1000.0, size - 1), [], "small sizes are latency")
        self.assertEqual(calibration.beside_bounds([{"bound_us": 1.0}]), [], "not simulated")

    def test_bad_input_is_told(self):
        self.assertEqual(exit_status("--program", "/nowhere"), 2)
        self.assertEqual(exit_status("--program", sys.executable, "--table", "nothing"), 2)

    def test_a_run_that_fails_is_told(self):
        if os.access("/bin/false", os.X_OK):
            self.assertEqual(exit_status("--program", "/bin/false", "--quick"), 1)


if __name__ == "__main__":
    unittest.main()
