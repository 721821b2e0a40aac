#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/task.h"
#include "events/feed.h"
#include "operator/meant.h"
#include "options/command_line.h"

namespace sessiond {

/// Where `sessiond events --since` begins: the id of an event, a time (RFC 3339), or how long before `now`; empty for
/// all that are kept. Nothing for any other text.
[[nodiscard]] std::optional<events::EntryId> parse_since(std::string_view text, Millis now);

/// Prints the events that were asked for to standard output, each as it comes: a line, or an object of JSON a line.
/// Ends when there are no more. With `follow` it ends when `stopped`, which may be empty, says so, or when nobody reads
/// its output any more.
[[nodiscard]] Task<Said> print_events(const events::Feed& feed, const OperatorRequest& request,
                                      const std::function<bool()>& stopped);

}  // namespace sessiond
