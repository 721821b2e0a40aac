#include "integration/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's, for kill
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>
#include <stdexcept>

#include "integration/temp_dir.h"

namespace sessiond::test {
namespace {

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> with_our_environment(std::vector<std::string> added) {
  for (char** variable = environ; *variable != nullptr; ++variable) added.emplace_back(*variable);
  return added;
}

}  // namespace

std::size_t count_of(const std::string& word, const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += word.size()) ++count;
  return count;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

Process::Process(std::vector<std::string> arguments, std::string log, std::vector<std::string> environment)
    : log_(std::move(log)) {
  environment = with_our_environment(std::move(environment));
  const std::vector<char*> argv = pointers_to(arguments);
  const std::vector<char*> envp = pointers_to(environment);
  const Fd out(open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!out) throw std::runtime_error("cannot write " + log_);

  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) {
    // Only calls that are safe between fork and exec.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(out.get(), STDOUT_FILENO);
    dup2(out.get(), STDERR_FILENO);
    execvpe(argv[0], argv.data(), envp.data());
    constexpr char kMessage[] = "cannot be executed\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
    _exit(127);
  }
  pidfd_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
}

Process::~Process() {
  if (!running()) return;
  kill(pid_, SIGCONT);
  kill(pid_, SIGTERM);
  if (ends_within(kPatience)) return;
  kill(pid_, SIGKILL);
  ends_within(kPatience);
}

bool Process::ends_within(std::chrono::milliseconds time) {
  if (status_) return true;
  pollfd ended{pidfd_.get(), POLLIN, 0};
  if (poll(&ended, 1, static_cast<int>(time.count())) <= 0) return false;
  int status = 0;
  waitpid(pid_, &status, 0);
  dumped_core_ = WIFSIGNALED(status) && WCOREDUMP(status);
  status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return true;
}

bool Process::running() { return !ends_within(std::chrono::milliseconds(0)); }

std::string Process::log() const { return read_file(log_); }

std::string Process::said() const {
  std::istringstream lines(log());
  std::string said;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" event=") == std::string::npos) said += line + "\n";
  }
  return said;
}

bool Process::says(const std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (log().find(text) == std::string::npos) {
    const bool is_over = ends_within(std::chrono::milliseconds(2)) || std::chrono::steady_clock::now() > deadline;
    if (is_over) return log().find(text) != std::string::npos;
  }
  return true;
}

void Process::signal(int number) const {
  if (!status_) kill(pid_, number);
}

void Process::pause() const {
  signal(SIGSTOP);
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOWAIT);
}

void Process::resume() const { signal(SIGCONT); }

int Process::wait() {
  if (!ends_within(kPatience)) throw std::runtime_error("it does not end; it has printed:\n" + log());
  return *status_;
}

int Process::stop() {
  signal(SIGTERM);
  return wait();
}

void Process::wait_until(const std::function<bool()>& ready, const std::string& what) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!ready()) {
    if (ends_within(std::chrono::milliseconds(5))) {
      throw std::runtime_error(what + ": ended with " + std::to_string(*status_) + ", having printed:\n" + log());
    }
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error(what + ": does not happen; printed so far:\n" + log());
    }
  }
}

}  // namespace sessiond::test
