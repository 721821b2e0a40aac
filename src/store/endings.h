#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "session/session.h"
#include "session/uuid.h"

namespace sessiond {

/// A session that ended before its time. What is stored of it may be damaged.
struct Ended {
  Uuid id;
  std::optional<Kind> kind;  // nothing where it is damaged
  std::string user_id = {};  // empty where it is damaged, or known to who ends it
};

/// The sessions of one user that a session of the same user has ended.
struct Endings {
  Caller caller;
  std::vector<Ended> sessions;

  [[nodiscard]] long long count() const { return static_cast<long long>(sessions.size()); }
};

/// Takes the sessions that a change ends, one at a time.
using TakeEnded = std::function<void(const Ended&)>;

}  // namespace sessiond
