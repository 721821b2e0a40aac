#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "session/session.h"
#include "session/uuid.h"

namespace sessiond {

/// A session that ended before its time. The kind is not known where what is stored is damaged.
struct Ended {
  Uuid id;
  std::optional<Kind> kind;
};

/// The sessions of one user that a change has ended.
struct Endings {
  std::optional<Caller> caller;  // whose session asked for it; nothing for an operator
  std::vector<Ended> sessions;

  [[nodiscard]] long long count() const { return static_cast<long long>(sessions.size()); }
};

/// Takes the sessions that a walk through all of them ends, each with its user's id, as far as that is known.
using TakeEnded = std::function<void(std::string_view user_id, const Ended& session)>;

}  // namespace sessiond
