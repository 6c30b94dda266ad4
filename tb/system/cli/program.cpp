// SPDX-License-Identifier: Apache-2.0
#include "tb/system/cli/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tb/support/paths.h"

extern char** environ;

namespace antares::tb {
namespace {

pid_t start(const std::vector<std::string>& words, const std::string& out, const std::string& err) {
  std::vector<std::string> all = {tool_path()};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), flags, 0600);
  pid_t process = -1;
  const int failed =
      posix_spawn(&process, all.front().c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + all.front());
  return process;
}

}  // namespace

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "antares_cli_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::file(const std::string& name, const std::string& text) const {
  std::ofstream(path(name), std::ios::binary) << text;
  return path(name);
}

pid_t start_antares(const std::vector<std::string>& words) {
  return start(words, "/dev/null", "/dev/null");
}

Outcome finish(pid_t process) {
  Outcome outcome;
  int status = 0;
  waitpid(process, &status, 0);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

Outcome antares(const std::vector<std::string>& words) {
  const Folder folder;
  Outcome outcome = finish(start(words, folder.path("out"), folder.path("err")));
  outcome.out = contents(folder.path("out"));
  outcome.err = contents(folder.path("err"));
  return outcome;
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

nlohmann::json json_file(const std::string& path) { return nlohmann::json::parse(contents(path)); }

std::string shipped(const std::string& name) { return description_path(name); }

}  // namespace antares::tb
