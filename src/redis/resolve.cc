#include "redis/resolve.h"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/text.h"

namespace sessiond {
namespace {

std::string words_of(int code, int error) { return code == EAI_SYSTEM ? errno_text(error) : gai_strerror(code); }

// getaddrinfo(3): all TCP addresses, in the order in which they are to be tried.
Result<SocketAddresses> addresses_of(const std::string& host, int port, int flags) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  if (const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &list); code != 0) {
    return Error{Failure::kUnavailable, words_of(code, errno)};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  SocketAddresses addresses;
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    SocketAddress address;
    address.size = std::min<socklen_t>(info->ai_addrlen, sizeof address.storage);
    std::memcpy(&address.storage, info->ai_addr, address.size);
    addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

std::string SocketAddress::text() const {
  std::array<char, NI_MAXHOST> host{};
  if (getnameinfo(get(), size, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST) != 0) return "an address";
  return host.data();
}

std::optional<SocketAddresses> numeric_address(const std::string& host, int port) {
  Result<SocketAddresses> addresses = addresses_of(host, port, AI_NUMERICHOST);
  if (!addresses) return std::nullopt;
  return std::move(*addresses);
}

// What the loop and the thread have in common.
struct Lookup::Shared {
  std::mutex mutex;
  ev::async* waker = nullptr;                     // guarded; null when the loop is gone
  std::optional<Result<SocketAddresses>> result;  // guarded
};

Lookup::Lookup(ev::loop_ref loop, std::string host, int port, Found found)
    : host_(std::move(host)), port_(port), found_(std::move(found)), woken_(loop) {
  woken_.set<Lookup, &Lookup::take>(this);
}

Lookup::~Lookup() {
  if (!under_way_) return;
  const std::scoped_lock lock(under_way_->mutex);
  under_way_->waker = nullptr;
}

void Lookup::start() {
  awaited_ = true;
  if (under_way_ == nullptr) begin();
  else woken_.send();  // it may have ended while nobody waited
}

void Lookup::begin() {
  under_way_ = std::make_shared<Shared>();
  under_way_->waker = &woken_;
  woken_.start();
  try {
    std::thread([shared = under_way_, host = host_, port = port_] {
      Result<SocketAddresses> result = addresses_of(host, port, 0);
      const std::scoped_lock lock(shared->mutex);
      shared->result = std::move(result);
      if (shared->waker != nullptr) shared->waker->send();
    }).detach();
  } catch (const std::system_error& error) {
    under_way_->result = Error{Failure::kUnavailable, std::string("no thread to look it up: ") + error.what()};
    woken_.send();
  }
}

void Lookup::take() {
  if (under_way_ == nullptr || !awaited_) return;
  std::optional<Result<SocketAddresses>> result;
  {
    const std::scoped_lock lock(under_way_->mutex);
    result = std::move(under_way_->result);
  }
  if (!result) return;  // not yet
  under_way_.reset();
  woken_.stop();
  awaited_ = false;
  found_(*result);  // may start the next
}

}  // namespace sessiond
