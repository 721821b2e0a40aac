#pragma once

#include <string_view>

namespace sessiond {

/// Why something is changed, for the stream of events. Not used where no events are kept.
struct Cause {
  std::string_view reason = {};   // a word of trail/event.h; empty where there is but one
  std::string_view actor = {};    // who does it; empty for the person whose session asks, or where nobody says
  std::string_view user_id = {};  // whose sessions they are; empty where a session itself says so
};

}  // namespace sessiond
