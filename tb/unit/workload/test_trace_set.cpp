// SPDX-License-Identifier: Apache-2.0
// Files, sets of ranks, process groups, and what doesn't fit together.
#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/workload/trace_set.h"
#include "antares/platforms/workload/trace_summary.h"
#include "tb/unit/workload/et_bytes.h"
#include "tb/unit/workload/requests.h"
#include "tb/unit/workload/scratch_folder.h"

namespace antares::platforms {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string one_collective(std::uint64_t type = 0, std::uint64_t bytes = 64,
                           const std::string& group = "") {
  return metadata() +
         node(0, "coll", kCollective,
              collective(type, bytes) + (group.empty() ? "" : text_attribute("pg_name", group)));
}

std::string refusal(const std::string& path, const TraceSetOptions& options) {
  try {
    load_traces(path, options);
  } catch (const TraceError& error) {
    return error.what();
  }
  return "";
}

void pack(const std::string& archive_path, bool tar,
          const std::vector<std::pair<std::string, std::string>>& members) {
  archive* out = archive_write_new();
  archive_write_add_filter_gzip(out);
  tar ? archive_write_set_format_pax_restricted(out) : archive_write_set_format_raw(out);
  archive_write_open_filename(out, archive_path.c_str());
  for (const auto& [name, bytes] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_write_header(out, entry);
    archive_write_data(out, bytes.data(), bytes.size());
    archive_entry_free(entry);
  }
  archive_write_free(out);
}

TEST(TraceFiles, AFolderAPrefixAndASingleFile) {
  const ScratchFolder scratch;
  for (int rank = 0; rank < 12; ++rank) {  // 10 and 11 must not sort before 2
    scratch.write("set/ar." + std::to_string(rank) + ".et", one_collective());
  }
  scratch.write("set/readme.txt", "not a trace");
  EXPECT_EQ(load_traces(scratch.path("set"), with_ranks(12)).ranks.size(), 12u);
  EXPECT_EQ(load_traces(scratch.path("set/ar"), with_ranks(20)).ranks.size(), 12u);
  const TraceSet single = load_traces(scratch.path("set/ar.3.et"), with_ranks(20));
  EXPECT_TRUE(single.single_file);
  ASSERT_EQ(single.ranks.size(), 20u);
  EXPECT_EQ(single.ranks[0], single.ranks[19]);
  EXPECT_THAT(refusal(scratch.path("set"), with_ranks(8)), HasSubstr("only 8 accelerators"));
}

TEST(TraceFiles, PackedOnes) {
  const ScratchFolder scratch;
  const std::string bytes = one_collective();
  pack(scratch.path("a.0.et.gz"), false, {{"data", bytes}});
  pack(scratch.path("one.tar.gz"), true, {{"deep/in/x.0.et", bytes}, {"deep/notes.txt", "n"}});
  pack(scratch.path("set.tgz"), true, {{"t/x.1.et", bytes}, {"t/x.0.et", bytes}});
  pack(scratch.path("hole.tgz"), true, {{"t/x.2.et", bytes}, {"t/x.0.et", bytes}});
  pack(scratch.path("none.tar.gz"), true, {{"notes.txt", "n"}});
  EXPECT_EQ(load_traces(scratch.path("a.0.et.gz"), with_ranks(4)).ranks.size(), 4u);
  EXPECT_EQ(load_traces(scratch.path("one.tar.gz"), with_ranks(4)).ranks.size(), 4u);
  EXPECT_EQ(load_traces(scratch.path("set.tgz"), with_ranks(4)).ranks.size(), 2u);
  EXPECT_THAT(refusal(scratch.path("hole.tgz"), with_ranks(4)), HasSubstr("rank 1 is missing"));
  EXPECT_THAT(refusal(scratch.path("none.tar.gz"), with_ranks(4)), HasSubstr("holds no .et file"));
  const std::string broken = scratch.write("broken.tar.gz", "\x1f\x8b\x08 no archive at all");
  EXPECT_THAT(refusal(broken, with_ranks(4)), HasSubstr("cannot be unpacked"));
  EXPECT_THAT(refusal(scratch.write("b.et", "\x1f\x8b\x08 nothing"), with_ranks(4)),
              HasSubstr("cannot be unpacked"));
}

TEST(TraceFiles, BadPlaces) {
  const ScratchFolder scratch;
  EXPECT_THAT(refusal(scratch.path("none"), with_ranks(4)), HasSubstr("no such file"));
  EXPECT_THAT(refusal("/no/such/folder/at/all.et", with_ranks(4)), HasSubstr("no such file"));
  EXPECT_THAT(refusal("", with_ranks(4)), HasSubstr("no such file"));
  EXPECT_THAT(refusal("/dev/null", with_ranks(4)),
              HasSubstr("neither a regular file nor a folder"));
  scratch.write("empty/readme.txt", "");
  EXPECT_THAT(refusal(scratch.path("empty"), with_ranks(4)), HasSubstr("holds no .et file"));
  EXPECT_THAT(refusal(scratch.write("zero.et", ""), with_ranks(4)), HasSubstr("empty file"));
  EXPECT_THAT(refusal(scratch.write("only.et", metadata()), with_ranks(4)), HasSubstr("no nodes"));
  scratch.write("two/a.0.et", one_collective());
  scratch.write("two/b.0.et", one_collective());
  EXPECT_THAT(refusal(scratch.path("two"), with_ranks(4)),
              HasSubstr("several traces ('a' and 'b'"));
  EXPECT_EQ(refusal(scratch.path("two/a"), with_ranks(4)), "");
}

TEST(TraceFiles, AHoleNamesTheMissingRank) {
  const ScratchFolder scratch;
  for (int rank : {0, 1, 3, 4}) {
    scratch.write("s/x." + std::to_string(rank) + ".et", one_collective());
  }
  EXPECT_THAT(refusal(scratch.path("s"), with_ranks(8)),
              AllOf(HasSubstr("rank 2 is missing"), HasSubstr("x.2.et")));
  scratch.write("r/x.1.et", one_collective());
  EXPECT_THAT(refusal(scratch.path("r"), with_ranks(8)), HasSubstr("rank 0 is missing"));
  scratch.write("d/x.0.et", one_collective());
  scratch.write("d/x.00.et", one_collective());
  EXPECT_THAT(refusal(scratch.path("d"), with_ranks(8)), HasSubstr("there twice"));
}

class Sets : public ::testing::Test {
 protected:
  std::string set(const std::vector<std::string>& ranks) {
    for (std::size_t r = 0; r < ranks.size(); ++r) {
      scratch_.write("s/x." + std::to_string(r) + ".et", ranks[r]);
    }
    return scratch_.path("s");
  }
  ScratchFolder scratch_;
};

TEST_F(Sets, CollectivesMustAgreeInTypeBytesAndNumber) {
  EXPECT_THAT(refusal(set({one_collective(0, 64), one_collective(0, 65)}), with_ranks(2)),
              AllOf(HasSubstr("64 bytes"), HasSubstr("65 bytes"), HasSubstr("x.0.et"),
                    HasSubstr("x.1.et")));
  EXPECT_THAT(refusal(set({one_collective(0), one_collective(6)}), with_ranks(2)),
              AllOf(HasSubstr("all_reduce"), HasSubstr("all_to_all")));
  EXPECT_THAT(
      refusal(set({one_collective(), metadata() + node(0, "idle", kCompute)}), with_ranks(2)),
      AllOf(HasSubstr("collective 0"), HasSubstr("rank 1 has only 0")));
}

TEST_F(Sets, SendsAndReceivesMustMeet) {
  const auto end = [](unsigned type, std::uint64_t peer, std::uint64_t bytes) {
    return metadata() + node(0, "p2p", type,
                             attribute("comm_size", bytes) + attribute("comm_src", peer) +
                                 attribute("comm_dst", peer));
  };
  const std::string idle = metadata() + node(0, "idle", kCompute);
  EXPECT_EQ(refusal(set({end(kSend, 1, 8), end(kReceive, 0, 8)}), with_ranks(2)), "");
  EXPECT_THAT(refusal(set({end(kSend, 1, 8), end(kReceive, 0, 9)}), with_ranks(2)),
              AllOf(HasSubstr("sends 8 bytes"), HasSubstr("expects 9")));
  EXPECT_THAT(refusal(set({end(kSend, 1, 8), idle}), with_ranks(2)),
              HasSubstr("no receive for it"));
  EXPECT_THAT(refusal(set({idle, end(kReceive, 0, 8)}), with_ranks(2)),
              HasSubstr("no send for it"));
  EXPECT_THAT(refusal(set({end(kSend, 7, 8), idle}), with_ranks(2)),
              HasSubstr("another rank of 0 to 1"));
  EXPECT_THAT(refusal(set({end(kSend, 0, 8), idle}), with_ranks(2)), HasSubstr("another rank"));
  EXPECT_THAT(refusal(scratch_.path("s/x.0.et"), with_ranks(2)),
              HasSubstr("give the set of all ranks' files"));
}

TEST_F(Sets, GroupsComeFromASideFile) {
  const std::string path = set({one_collective(0, 64, "even"), one_collective(0, 32, "odd"),
                                one_collective(0, 64, "even"), one_collective(0, 32, "odd")});
  TraceSetOptions options = with_ranks(4);
  // Without definitions both groups are all ranks, and then their members don't fit.
  EXPECT_THAT(refusal(path, options), HasSubstr("collective 0 of process group 'even'"));
  options.group_file = scratch_.write("groups.json", R"({"even": [2, 0], "odd": [1, 3]})");
  const TraceSet groups = load_traces(path, options);
  EXPECT_THAT(groups.groups.at(groups.ranks[0]->nodes[0].group).ranks, ElementsAre(0, 2));
  EXPECT_THAT(groups.groups.at(groups.ranks[3]->nodes[0].group).ranks, ElementsAre(1, 3));
  EXPECT_TRUE(groups.warnings.empty());
}

TEST_F(Sets, BadGroupFilesAreRefusedByName) {
  const std::string path = set({one_collective(0, 64, "g"), one_collective(0, 64, "g")});
  TraceSetOptions options = with_ranks(2);
  const auto with_file = [&](const std::string& text) {
    options.group_file = scratch_.write("groups.json", text);
    return refusal(path, options);
  };
  EXPECT_EQ(with_file(R"({"g": [0, 1]})"), "");
  EXPECT_THAT(with_file(""), HasSubstr("not valid JSON at line 1, column 1, where the file ends"));
  EXPECT_THAT(with_file("{\"g\": [0,\n  x]}"),
              AllOf(HasSubstr("not valid JSON at line 2, column 3; expected {"),
                    Not(HasSubstr("json.")), Not(HasSubstr("parse"))));
  EXPECT_THAT(with_file(R"({"g": [1e999]})"),
              AllOf(HasSubstr("too large"), Not(HasSubstr("json."))));
  // As deep as the file is long: whoever prints it by recursion runs out of stack.
  EXPECT_THAT(
      with_file("{\"g\": [" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "]}"),
      HasSubstr("a list is no rank"));
  options.group_file = scratch_.path("");
  EXPECT_THAT(refusal(path, options), HasSubstr("not a regular file"));
  EXPECT_THAT(with_file("[1]"), HasSubstr("expected {"));
  EXPECT_THAT(with_file(R"({"g": 3})"), HasSubstr("list of ranks"));
  EXPECT_THAT(with_file(R"({"g": [0, -1]})"), HasSubstr("-1 is no rank"));
  EXPECT_THAT(with_file(R"({"g": [0, 0]})"), HasSubstr("named twice"));
  EXPECT_THAT(with_file(R"({"g": [0, 2]})"), HasSubstr("holds rank 2"));
  EXPECT_THAT(with_file(R"({"g": [0]})"), HasSubstr("does not hold rank 1"));
  EXPECT_THAT(with_file(R"({"h": [0, 1]})"), HasSubstr("does not define"));
  options.group_file = scratch_.path("none.json");
  EXPECT_THAT(refusal(path, options), HasSubstr("no such process group file"));
}

TEST_F(Sets, GroupsComeFromAMetadataNode) {
  const auto rank = [](const std::string& group) {
    const std::string list =
        R"([{"pg_name": "0", "ranks": []}, {"pg_name": "1", "ranks": [0, 1]},
            {"pg_name": "2", "ranks": [2]}])";
    return one_collective(0, 64, group) + node(1, "## process_group:init ##", kMetadata,
                                               bytes_field(8, bytes_field(1, "['" + list + "']")));
  };
  const TraceSet groups = load_traces(set({rank("1"), rank("1"), rank("2")}), with_ranks(3));
  EXPECT_THAT(groups.groups.at(groups.ranks[1]->nodes[0].group).ranks, ElementsAre(0, 1));
  EXPECT_THAT(groups.groups.at(groups.ranks[2]->nodes[0].group).ranks, ElementsAre(2));
}

class SingleFile : public ::testing::Test {
 protected:
  /// A collective of group "0", which has `ranks`, or of two groups.
  std::string file(const std::string& ranks, const std::string& other = "") {
    const std::string list = "[{\"pg_name\": \"0\", \"ranks\": [" + ranks +
                             "]}, {\"pg_name\": \"1\", \"ranks\": [" +
                             (other.empty() ? "0, 1, 2, 3, 4, 5, 6, 7" : other) + "]}]";
    return scratch_.write(
        "one.et", one_collective(0, 64, "0") +
                      (other.empty() ? ""
                                     : node(2, "c", kCollective,
                                            collective(0, 64) + text_attribute("pg_name", "1"))) +
                      node(1, "## process_group:init ##", kMetadata,
                           bytes_field(8, bytes_field(1, "['" + list + "']"))));
  }
  static std::vector<std::uint32_t> busy(const TraceSet& set) {
    std::vector<std::uint32_t> ranks;
    for (std::uint32_t rank = 0; rank < set.ranks.size(); ++rank)
      if (!set.ranks[rank]->nodes.empty()) ranks.push_back(rank);
    return ranks;
  }
  ScratchFolder scratch_;
};

TEST_F(SingleFile, IsReplayedOnTheRanksOfItsGroupAndOnNoOther) {
  const TraceSet four = load_traces(file("0, 1, 2, 3"), with_ranks(20));
  EXPECT_THAT(busy(four), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(four.ranks.size(), 4u);
  EXPECT_TRUE(four.single_file);
  EXPECT_TRUE(four.warnings.empty());
  const TraceSet upper = load_traces(file("4, 5"), with_ranks(20));
  EXPECT_THAT(busy(upper), ElementsAre(4, 5));
  EXPECT_FALSE(upper.single_file) << "ranks 0 to 3 do something else: nothing";
}

TEST_F(SingleFile, NeedsItsGroupsRanks) {
  EXPECT_THAT(refusal(file("0, 63"), with_ranks(20)),
              AllOf(HasSubstr("holds rank 63"), HasSubstr("larger platform")));
  // Rank 1's file would be another one: it is in group 0 alone.
  EXPECT_THAT(refusal(file("0, 1", "0, 2"), with_ranks(20)), HasSubstr("does not hold rank"));
}

TEST_F(SingleFile, OfAnUnknownJobTakesAllThereAreAndSaysSo) {
  const TraceSet all = load_traces(file(""), with_ranks(6));
  EXPECT_EQ(busy(all).size(), 6u);
  EXPECT_THAT(all.warnings, ElementsAre(HasSubstr("replayed on 6 ranks")));
  const TraceSet none = load_traces(scratch_.write("n.et", one_collective()), with_ranks(6));
  EXPECT_THAT(none.warnings, ElementsAre(HasSubstr("replayed on 6 ranks")));
}

TEST_F(SingleFile, TakesTheRanksOfAGroupFile) {
  TraceSetOptions options = with_ranks(20);
  options.group_file = scratch_.write("groups.json", R"({"0": [0, 1, 2]})");
  EXPECT_THAT(busy(load_traces(file("0, 1, 2, 3"), options)), ElementsAre(0, 1, 2));
}

TEST_F(Sets, WithoutGroupsNobodyKnowsHowManyRanksThereWere) {
  const TraceSet taken = load_traces(set({one_collective(), one_collective()}), with_ranks(4));
  EXPECT_THAT(taken.warnings, ElementsAre(HasSubstr("taken as the 2 whose files are there")));
}

TEST(ToRequest, TurnsChakraSizesIntoOurs) {
  TraceNode node;
  node.bytes = 1000;
  node.comm_type = CommType::all_gather;  // what one rank contributes
  EXPECT_EQ(to_request(node, 8).bytes, 8000u);
  node.comm_type = CommType::reduce_scatter_block;
  EXPECT_EQ(to_request(node, 8).collective, "reduce_scatter");
  EXPECT_EQ(to_request(node, 8).bytes, 1000u);
  node.bytes = 1001;
  EXPECT_EQ(to_request(node, 8).element_bytes, 1u);
  for (unsigned type = 0; type < kCommTypes; ++type) {
    node.comm_type = static_cast<CommType>(type);
    EXPECT_NO_THROW(make_program(to_request(node, 5))) << to_string(node.comm_type);
  }
}

TEST(Summary, CountsAndSaysWhatItSkipped) {
  const TraceGraph graph = read_chakra(
      metadata() + node(0, "a", kCompute, duration(10)) +
          node(1, "b", kCollective, collective(0, 64) + packed(kData, {0}) + duration(3)) +
          node(2, "c", kCompute, duration(5) + packed(kData, {1}) + packed(kControl, {99})) +
          node(3, "d", kCompute, duration(7) + attribute("is_cpu_op", 1, 27)),
      "t.et");
  const TraceSummary summary = summarize(graph);
  EXPECT_EQ(summary.nodes, 4u);
  EXPECT_EQ(summary.transfers(), 1u);
  EXPECT_EQ(summary.transfer_bytes(), 64u);
  EXPECT_EQ(summary.gpu_compute_ps, 15'000'000u);
  EXPECT_EQ(summary.cpu_compute_ps, 7'000'000u);
  EXPECT_EQ(summary.critical_compute_ps, 15'000'000u);
  EXPECT_EQ(summary.recorded_communication_ps, 3'000'000u);
  EXPECT_THAT(to_text(summary),
              AllOf(HasSubstr("nodes: 4 (3 compute, 1 collective"), HasSubstr("all_reduce: 1, 64"),
                    HasSubstr("note: 1 control dependencies on nodes that are not in the file")));
}

}  // namespace
}  // namespace antares::platforms
