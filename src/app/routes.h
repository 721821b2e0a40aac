#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "app/call.h"

namespace sessiond {

/// In which realm a route is there.
enum class Reach {
  kPublic,
  kDevices,  // the public realm, where the option device-login is set
  kInternal,
  kEvents,  // the internal realm, where events are kept
  kEnded,   // the public realm, where events are kept
  kAskers,  // the internal realm, and the check's
  kAll,
};

/// Who may call a route.
enum class Access {
  kAnyone,
  kCaller,    // a token must come with the request; the store confirms it
  kFormer,    // likewise, but its session may have ended
  kVisitor,   // likewise, but the request is an application's, which may have Bearer tokens of its own
  kDevLogin,  // anyone, where dev login is switched on
};

/// A row of the table in `routes.cc`.
struct Route {
  Reach reach;
  http::Method method;  // kGet takes HEAD, too
  std::string_view path;
  Access access;
  std::optional<Load::Work> work;  // nothing: answered under any load
  Handler handler;
  std::span<const std::string_view> query = {};  // the parameters that may follow
};

/// The whole table, for whoever shows something of every route.
[[nodiscard]] std::span<const Route> routes();

/// Answers any request: finds its route in the table of `routes.cc`, refuses what the table
/// does not allow, and runs the handler. The arguments must outlive the Task.
[[nodiscard]] Task<http::Response> answer(const http::Request& request, const Services& services);

/// Whether `path` has the form of `pattern`, in which `{…}` stands for one non-empty segment.
[[nodiscard]] std::optional<PathParameters> match(std::string_view pattern, std::string_view path);

}  // namespace sessiond
