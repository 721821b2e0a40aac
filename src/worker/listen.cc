#include "worker/listen.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/text.h"

namespace sessiond {
namespace {

constexpr int kBacklog = 4096;
constexpr mode_t kMode = 0660;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

Error failed(const std::string& path, const std::string& what) {
  return {Failure::kInternal, what + " " + path + ": " + errno_text(errno)};
}

Fd new_socket() { return Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

bool somebody_listens(const std::string& path) {
  const sockaddr_un address = address_of(path);
  const Fd probe = new_socket();
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  return errno == EAGAIN;  // its backlog is full
}

Result<Fd> listen_at(const std::string& path) {
  if (somebody_listens(path)) {
    return Error{Failure::kConflict, "something listens on " + path + " already: is sessiond running?"};
  }
  unlink(path.c_str());
  Fd fd = new_socket();
  const sockaddr_un address = address_of(path);
  const mode_t before = umask(0777 & ~kMode);
  const int bound = bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  umask(before);
  if (bound != 0) return failed(path, "cannot bind");
  if (listen(fd.get(), kBacklog) != 0) return failed(path, "cannot listen on");
  return fd;
}

// systemd's sockets, by the names that the socket unit gives them.
Listeners passed_by_systemd() {
  char** names = nullptr;
  const int count = sd_listen_fds_with_names(1, &names);
  Listeners passed;
  for (int i = 0; i < count; ++i) {
    const std::unique_ptr<char, decltype(&std::free)> name(names[i], &std::free);
    Fd fd(SD_LISTEN_FDS_START + i);
    fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
    if (std::strcmp(name.get(), "public") == 0) passed.internet = std::move(fd);
    else if (std::strcmp(name.get(), "check") == 0) passed.check = std::move(fd);
    else if (std::strcmp(name.get(), "internal") == 0) passed.internal = std::move(fd);
  }
  std::free(names);  // NOLINT(cppcoreguidelines-no-malloc): sd_listen_fds_with_names(3) asks for it
  return passed;
}

}  // namespace

Result<Listeners> open_listeners(const Options& options) {
  Listeners listeners = passed_by_systemd();
  for (auto& [fd, path] : {std::pair<Fd&, const std::string&>{listeners.internet, options.listen},
                           {listeners.check, options.listen_check},
                           {listeners.internal, options.listen_internal}}) {
    if (fd) continue;
    Result<Fd> opened = listen_at(path);
    if (!opened) return opened.error();
    fd = std::move(*opened);
  }
  return listeners;
}

}  // namespace sessiond
