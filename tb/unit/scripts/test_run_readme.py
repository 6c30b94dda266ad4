# SPDX-License-Identifier: Apache-2.0
"""scripts/run_readme.py runs what a reader would type, and fails where it would fail for them."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "run_readme.py"


class RunReadme(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = Path(temporary.name)

    def run_on(self, text, *arguments):
        (self.root / "README.md").write_text(text, encoding="utf-8")
        return subprocess.run([sys.executable, str(SCRIPT), "--root", str(self.root), *arguments],
                              capture_output=True, text=True)

    def test_blocks_run_in_order_and_are_printed(self):
        result = self.run_on("```sh\necho one > order\n```\ntext\n```bash\necho two >> order\n```\n")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.root / "order").read_text(), "one\ntwo\n")
        self.assertIn("$ echo one > order", result.stdout)
        self.assertIn("2 blocks ran, 0 left out", result.stdout)

    def test_a_failing_command_fails_the_run_with_its_line_and_stops_it(self):
        result = self.run_on("\n```sh\nfalse\ntouch after\n```\n```sh\ntouch later\n```\n")
        self.assertEqual(result.returncode, 1)
        self.assertIn("README.md:2: this block failed: exit status 1", result.stderr)
        self.assertFalse((self.root / "after").exists() or (self.root / "later").exists())

    def test_a_failure_inside_a_pipe_counts(self):
        self.assertEqual(self.run_on("```sh\nfalse | true\n```\n").returncode, 1)

    def test_console_blocks_run_what_stands_behind_the_prompt(self):
        result = self.run_on("```console\n$ echo a \\\n    b > out1\nexit 1\n$ echo c > out2\n```\n")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.root / "out1").read_text(), "a b\n")
        self.assertEqual((self.root / "out2").read_text(), "c\n")

    def test_marked_blocks_and_other_languages_are_left_out(self):
        result = self.run_on("<!-- not run: needs a cluster -->\n\n```sh\nfalse\n```\n```sh skip\nfalse\n```\n"
                             "```cpp\nfalse\n```\n```\nfalse\n```\n")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("not run: needs a cluster", result.stdout)
        self.assertIn("0 blocks ran, 2 left out", result.stdout)

    def test_a_mark_holds_for_the_next_block_only(self):
        self.assertEqual(self.run_on("<!-- not run: x -->\n```sh\nfalse\n```\n```sh\nfalse\n```\n").returncode, 1)
        self.assertEqual(self.run_on("<!-- not run: x -->\nText between.\n```sh\nfalse\n```\n").returncode, 1)

    def test_a_change_of_folder_holds_for_the_next_block(self):
        result = self.run_on("```sh\nmkdir below\ncd below\n```\n```sh\ntouch here\n```\n")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((self.root / "below" / "here").exists())

    def test_a_command_already_run_is_left_out(self):
        result = self.run_on("```sh\nfalse  # tests\ntouch here\n```\n```sh\nfalse\n```\n", "--already-run", "false")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((self.root / "here").exists())

    def test_a_copy_leaves_the_tree_alone(self):
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        (self.root / "README.md").write_text("")
        subprocess.run(["git", "-C", str(self.root), "add", "README.md"], check=True)
        result = self.run_on("```sh\ntouch here\n```\n", "--copy")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertFalse((self.root / "here").exists())

    def test_a_block_that_hangs_is_ended(self):
        result = self.run_on("```sh\nsleep 30\n```\n", "--timeout", "0.2")
        self.assertEqual(result.returncode, 1)
        self.assertIn("still running", result.stderr)

    def test_an_open_fence_and_a_missing_file_are_named(self):
        result = self.run_on("text\n```sh\ntrue\n")
        self.assertEqual(result.returncode, 2)
        self.assertIn("README.md:2: this fence is never closed", result.stderr)
        self.assertEqual(self.run_on("", "gone.md").returncode, 2)


if __name__ == "__main__":
    unittest.main()
