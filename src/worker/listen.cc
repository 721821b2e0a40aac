#include "worker/listen.h"

#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <vector>

#include "base/text.h"
#include "options/listen_address.h"

namespace sessiond {
namespace {

constexpr int kBacklog = 4096;
constexpr gid_t kSameGroup = static_cast<gid_t>(-1);  // chown(2)

Error failed(const std::string& what, const std::string& where) {
  return {Failure::kInternal, what + " " + where + ": " + errno_text(errno)};
}

Error taken(const ListenAddress& place) {
  return {Failure::kConflict, "something listens on " + place.text + " already: is sessiond running?"};
}

Result<Fd> new_socket(const ListenAddress& place) {
  Fd fd(socket(place.name.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return failed("cannot make a socket for", place.text);
  return fd;
}

bool somebody_listens(const Fd& probe, const ListenAddress& place) {
  if (connect(probe.get(), place.get(), place.size) == 0) return true;
  return errno == EAGAIN;  // its backlog is full
}

// The id of a group that is given by its name or its number.
Result<gid_t> find_group(const std::string& group) {
  if (group.empty()) return kSameGroup;
  if (const auto id = parse_number<gid_t>(group)) return *id;
  constexpr std::size_t kLongest = 65'536;  // bytes of an entry, with all of its members
  std::vector<char> text(kLongest);
  struct group entry = {};
  struct group* found = nullptr;
  getgrnam_r(group.c_str(), &entry, text.data(), text.size(), &found);
  if (found == nullptr)
    return Error{Failure::kBadRequest, "there is no group `" + group + "`, which is to connect to the worker"};
  return entry.gr_gid;
}

// Nobody can connect before the caller listens. Before that, the socket gets its group and its permissions.
Result<Fd> bind_path(const ListenAddress& place, const SocketRights& rights) {
  const Result<gid_t> group = find_group(rights.group);
  if (!group) return group.error();
  Result<Fd> fd = new_socket(place);
  if (!fd) return fd;
  if (somebody_listens(*fd, place)) return taken(place);
  unlink(place.text.c_str());
  const mode_t before = umask(0777 & ~rights.mode);
  const int bound = bind(fd->get(), place.get(), place.size);
  umask(before);
  if (bound != 0) return failed("cannot bind", place.text);
  if (*group != kSameGroup && lchown(place.text.c_str(), static_cast<uid_t>(-1), *group) != 0) {
    return failed("cannot give the group " + rights.group + ", which the worker's user must be in,", place.text);
  }
  return fd;
}

Result<Fd> bind_port(const ListenAddress& place) {
  Result<Fd> fd = new_socket(place);
  if (!fd) return fd;
  const int on = 1;
  // Old connections of a former worker do not keep the port in use.
  setsockopt(fd->get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // The connections inherit it: an answer waits for no acknowledgement of the one before it.
  setsockopt(fd->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (bind(fd->get(), place.get(), place.size) == 0) return fd;
  if (errno == EADDRINUSE) return taken(place);
  return failed("cannot bind", place.text);
}

Result<Fd> listen_at(const std::string& address, const SocketRights& rights) {
  const Result<ListenAddress> place = parse_listen_address(address);
  if (!place) return place.error();
  Result<Fd> fd = place->is_path() ? bind_path(*place, rights) : bind_port(*place);
  if (fd && listen(fd->get(), kBacklog) != 0) return failed("cannot listen on", address);
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
  std::free(static_cast<void*>(names));  // NOLINT(cppcoreguidelines-no-malloc): sd_listen_fds_with_names(3) asks for it
  return passed;
}

}  // namespace

Result<Listeners> open_listeners(const Options& options) {
  Listeners listeners = passed_by_systemd();
  struct Wanted {
    Fd& fd;
    const std::string& address;
    const SocketRights& rights;
  };
  const std::array<Wanted, 3> all = {{{listeners.internet, options.listen, options.listen_rights},
                                      {listeners.check, options.listen_check, options.listen_rights},
                                      {listeners.internal, options.listen_internal, options.internal_rights}}};
  for (const Wanted& wanted : all) {
    if (wanted.fd) continue;
    Result<Fd> opened = listen_at(wanted.address, wanted.rights);
    if (!opened) return opened.error();
    wanted.fd = std::move(*opened);
  }
  return listeners;
}

}  // namespace sessiond
