#pragma once

#include <optional>
#include <string>

#include "session/session.h"

namespace sessiond {

/// What is left of a session that has ended before its time.
struct HowEnded {
  Millis at = 0;
  std::string reason;  // a word of trail/event.h
  /// The user's session that has ended it, if another one has: kind, user_agent, name, device.
  std::optional<Session> by;
};

}  // namespace sessiond
