#include "integration/kept_worker.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "integration/worker.h"

namespace sessiond::test {
namespace {

Fd bind_at(const std::string& path, int type) {
  Fd fd(socket(AF_UNIX, type, 0));  // inherited by what we start
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot bind " + path);
  }
  if (type == SOCK_STREAM && listen(fd.get(), 4096) != 0) throw std::runtime_error("cannot listen on " + path);
  return fd;
}

}  // namespace

KeptWorker::KeptWorker(const TempDir& folder, std::vector<std::string> options, std::vector<std::string> environment)
    : folder_(folder),
      options_(std::move(options)),
      environment_(std::move(environment)),
      public_(bind_at(public_socket(), SOCK_STREAM)),
      check_(bind_at(check_socket(), SOCK_STREAM)),
      internal_(bind_at(internal_socket(), SOCK_STREAM)),
      notifications_(bind_at(folder / "notify.sock", SOCK_DGRAM | SOCK_CLOEXEC)) {}

void KeptWorker::start() {
  // LISTEN_PID has to be the worker's own, which a shell knows that becomes it.
  const std::string shell = "export LISTEN_PID=$$; exec \"$@\" 3<&" + std::to_string(public_.get()) + " 4<&" +
                            std::to_string(internal_.get()) + " 5<&" + std::to_string(check_.get());
  std::vector<std::string> words = {"bash", "-c", shell, "-", worker_program(), "--redis",
                                    folder_ / "redis.sock"};
  words.insert(words.end(), options_.begin(), options_.end());
  // The shell takes the last of a name, so a test can choose another. With so long a timeout, a busy machine does not
  // look like a store that is away.
  std::vector<std::string> environment = {"SESSIOND_CONFIG=/dev/null", "SESSIOND_STORE_TIMEOUT=10", "LISTEN_FDS=3", "LISTEN_FDNAMES=public:internal:check",
                                          "NOTIFY_SOCKET=" + (folder_ / "notify.sock")};
  environment.insert(environment.end(), environment_.begin(), environment_.end());
  process_ = std::make_unique<Process>(words, folder_ / "worker.log", environment);
  process_->wait_until([this] { return next_message(std::chrono::milliseconds(0)) == "READY=1"; }, "sessiond");
}

std::string KeptWorker::next_message(std::chrono::milliseconds patience) {
  pollfd waiting{notifications_.get(), POLLIN, 0};
  if (poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return {};
  std::array<char, 4096> message;
  const ssize_t size = recv(notifications_.get(), message.data(), message.size(), 0);
  return {message.data(), static_cast<std::size_t>(size > 0 ? size : 0)};
}

bool KeptWorker::hears(const std::string& message) {
  for (;;) {
    const std::string heard = next_message();
    if (heard == message) return true;
    if (heard.empty()) return false;
  }
}

}  // namespace sessiond::test
