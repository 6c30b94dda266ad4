// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/cli/child_process.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string>

#include "antares/platforms/cli/interrupt.h"

namespace antares::platforms::cli {
namespace {

constexpr const char* kFailed = "failed";

/// A pipe's end that is closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

/// One message a line: JSON text has no line ends of its own.
void send(int pipe, const Message& message) {
  const std::string text = message.dump(-1, ' ', false, Message::error_handler_t::replace) + "\n";
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::write(pipe, text.data() + sent, text.size() - sent);
    // Nobody listens any more: whoever started this is gone.
    if (count < 0 && errno != EINTR) _exit(EXIT_FAILURE);
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
}

[[noreturn]] void be_child(int pipe, const std::function<void(const Tell&)>& work) {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  try {
    work([&](const Message& message) { send(pipe, message); });
  } catch (...) {
    const Failure failure = failure_of(std::current_exception());
    send(pipe, {{kFailed, {{"text", failure.text}, {"status", failure.status}}}});
  }
  std::cout.flush();
  // Nothing of this process is taken down: its platform and kernel end with it.
  _exit(EXIT_SUCCESS);
}

/// Complete lines of what has come; the rest stays.
void deliver(std::string& text, Failure& failure, const Tell& listen) {
  std::size_t from = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
    const Message message = Message::parse(text.substr(from, end - from));
    from = end + 1;
    if (message.contains(kFailed))
      failure = {message.at(kFailed).at("text"), message.at(kFailed).at("status")};
    else
      listen(message);
  }
  text.erase(0, from);
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Failure run_in_child(const std::function<void(const Tell&)>& work, const Tell& listen) {
  int ends[2];
  if (::pipe(ends) != 0)
    throw std::runtime_error(std::string("no pipe to a child process: ") + std::strerror(errno));
  Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  // What is buffered would be written twice.
  std::cout.flush();
  const pid_t child = ::fork();
  if (child < 0)
    throw std::runtime_error(std::string("no process for a platform: ") + std::strerror(errno));
  if (child == 0) {
    reading.close();
    be_child(writing.number(), work);
  }
  writing.close();
  Failure failure{{}, 0};
  std::string text;
  char buffer[4096];
  try {
    for (ssize_t count = 1; count != 0;) {
      throw_if_interrupted();
      count = ::read(reading.number(), buffer, sizeof buffer);
      if (count < 0 && errno != EINTR)
        throw std::runtime_error(std::string("reading from a child: ") + std::strerror(errno));
      if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
      deliver(text, failure, listen);
      if (count < 0) count = 1;
    }
  } catch (...) {
    ::kill(child, SIGKILL);
    wait_for(child);
    throw;
  }
  const int status = wait_for(child);
  throw_if_interrupted();
  if (WIFSIGNALED(status))
    return {fmt::format("antares: its process was ended by signal {} ({}){}", WTERMSIG(status),
                        strsignal(WTERMSIG(status)),
                        WTERMSIG(status) == SIGKILL ? ": out of memory?" : ""),
            1};
  return failure;
}

}  // namespace antares::platforms::cli
