# SPDX-License-Identifier: Apache-2.0
"""Each rule of scripts/check_rooms.py is seen to fire on a planted violation, and not on its like."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import check_rooms  # noqa: E402

CPP = "// SPDX-License-Identifier: Apache-2.0\n"
HASH = "# SPDX-License-Identifier: Apache-2.0\n"


class CheckRooms(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = Path(temporary.name)

    def plant(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def findings(self):
        return check_rooms.check_tree(self.root)[1]

    def assert_finds(self, *beginnings_and_words):
        """One finding for each (beginning, word in its message), in order of files."""
        found = self.findings()
        self.assertEqual(len(found), len(beginnings_and_words), found)
        for finding, (beginning, word) in zip(found, beginnings_and_words):
            self.assertTrue(finding.startswith(beginning), finding)
            self.assertIn(word, finding)

    def test_a_clean_tree_has_no_findings(self):
        self.plant("protocols/pcie/rates.h", CPP + '#include "antares/protocols/common/units.h"\n')
        self.plant("models/port/port.h", CPP + '#include <systemc>\n#include "antares/protocols/pcie/rates.h"\n')
        self.plant("models/sockets/link.h", CPP + "#include <tlm>\n")
        self.plant("models/scheduler/event_queue.h", CPP + "#include <systemc>\n")
        self.plant("platforms/cli/main.cpp", CPP + '#include "antares/models/port/port.h"\n')
        self.plant("tb/unit/a.cpp", CPP + '#include "tb/support/simulation.h"\n#include <tlm_utils/simple_target_socket.h>\n')
        self.plant("scripts/tool.py", "#!/usr/bin/env python3\n" + HASH)
        self.assertEqual(self.findings(), [])

    def test_each_include_against_the_direction(self):
        for room, target in [("protocols", "models"), ("protocols", "platforms"), ("models", "platforms")]:
            self.plant(f"{room}/x/{target}.h", CPP + f'\n#include "antares/{target}/y/y.h"\n')
        self.plant("platforms/x/tb.h", CPP + '#include "tb/support/simulation.h"\n')
        self.assert_finds(("models/x/platforms.h:3:", "one way"), ("platforms/x/tb.h:2:", "one way"),
                          ("protocols/x/models.h:3:", "one way"), ("protocols/x/platforms.h:3:", "one way"))

    def test_common_knows_no_protocol(self):
        for protocol in ("pcie", "ualink", "nvlink", "ethernet"):
            self.plant(f"protocols/common/{protocol}.h", CPP + f'#include "antares/protocols/{protocol}/a.h"\n')
        self.assert_finds(*[(f"protocols/common/{p}.h:2:", "common knows none")
                            for p in ("ethernet", "nvlink", "pcie", "ualink")])

    def test_no_systemc_in_protocols(self):
        headers = ["systemc", "systemc.h", "tlm", "tlm.h", "tlm_utils/peq_with_get.h", "sysc/kernel/sc_time.h"]
        self.plant("protocols/pcie/a.h", CPP + "".join(f"#include <{h}>\n" for h in headers))
        self.assert_finds(*[(f"protocols/pcie/a.h:{i + 2}:", h) for i, h in enumerate(headers)])

    def test_systemc_only_in_the_shell_of_a_unit(self):
        self.plant("models/crossbar/crossbar.cpp", CPP + "#include <systemc>\n")
        self.plant("models/crossbar/voq.h", CPP + "#include <systemc>\n")
        self.plant("models/report_ids.h", CPP + "#include <systemc>\n")
        self.assert_finds(("models/crossbar/voq.h:2:", "crossbar/crossbar.h"),
                          ("models/report_ids.h:2:", "plain file"))

    def test_the_licence_line_comes_first(self):
        self.plant("models/a/a.h", "#pragma once\n" + CPP)
        self.plant("models/b/CMakeLists.txt", "")
        self.plant("scripts/c.sh", "#!/bin/sh\n\n" + HASH)
        self.plant("scripts/d.cmake", "# SPDX-License-Identifier: MIT\n")
        self.plant("scripts/e.yaml", "key: 1\n")
        self.plant("scripts/f.md", "no source\n")
        self.assert_finds(("models/a/a.h:1:", "licence"), ("models/b/CMakeLists.txt:1:", "licence"),
                          ("scripts/c.sh:2:", "licence"), ("scripts/d.cmake:1:", "licence"),
                          ("scripts/e.yaml:1:", "licence"))

    def test_400_lines_pass_and_401_do_not(self):
        self.plant("models/a/fits.h", CPP + "\n" * 399)
        self.plant("models/a/long.h", CPP + "\n" * 400)
        self.assert_finds(("models/a/long.h:401:", "401 lines"))

    def test_using_namespace_in_a_header_only(self):
        self.plant("models/a/a.cpp", CPP + "using namespace std::chrono_literals;\n")
        self.plant("models/a/a.h", CPP + "  using namespace std;\n// using namespace std;\n")
        self.assert_finds(("models/a/a.h:2:", "using namespace"))

    def test_an_include_without_its_prefix_is_shown_with_it(self):
        self.plant("models/a/b.h", CPP)
        self.plant("models/a/a.cpp", CPP + '#include "b.h"\n#include "models/a/b.h"\n#include "gone.h"\n'
                   '#include "antares/modles/a/b.h"\n#include <antares/models/a/b.h>\n')
        right = '"antares/models/a/b.h"'
        self.assert_finds(("models/a/a.cpp:2:", right), ("models/a/a.cpp:3:", right),
                          ("models/a/a.cpp:4:", "prefix"), ("models/a/a.cpp:5:", "prefix"),
                          ("models/a/a.cpp:6:", right))

    def test_git_ignored_and_build_folders_are_left_alone(self):
        self.plant("build/x/generated.cpp", "no licence\n")
        self.plant("models/a/a.h", CPP)
        self.assertEqual(self.findings(), [])
        self.plant(".gitignore", "/elsewhere/\n")
        self.plant("elsewhere/generated.cpp", "no licence\n")
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        self.plant(".gitignore", "/elsewhere/\n/build/\n")
        self.assertEqual(self.findings(), [])
        self.plant("models/a/new.h", "not yet tracked, found all the same\n")
        self.assert_finds(("models/a/new.h:1:", "licence"))

    def test_the_command_fails_on_a_finding_and_on_a_wrong_folder(self):
        command = [sys.executable, str(SCRIPTS / "check_rooms.py"), str(self.root)]
        self.assertEqual(subprocess.run(command, capture_output=True).returncode, 2)
        self.plant("models/a/a.h", "")
        self.assertEqual(subprocess.run(command, capture_output=True).returncode, 1)
        self.plant("models/a/a.h", CPP)
        self.assertEqual(subprocess.run(command, capture_output=True).returncode, 0)


if __name__ == "__main__":
    unittest.main()
