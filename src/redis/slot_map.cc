#include "redis/slot_map.h"

#include <algorithm>

#include "base/text.h"
#include "redis/greeting.h"

namespace sessiond {
namespace {

constexpr std::size_t kMostPrimaries = 1000;  // the specification's own limit

Error unreadable(const Reply& reply) {
  if (reply.is_error()) return {Failure::kUnavailable, "it answers: " + quote_redis(reply.text)};
  return {Failure::kUnavailable, "its CLUSTER SLOTS has no known form"};
}

// An integer of an array.
std::optional<long long> number_at(const Reply& array, std::size_t i) {
  if (i >= array.elements.size() || array.elements[i].type != Reply::Type::kInteger) return std::nullopt;
  return array.elements[i].integer;
}

std::uint16_t number_of(std::vector<Endpoint>& servers, const Endpoint& server) {
  const auto known = std::ranges::find(servers, server);
  const auto number = static_cast<std::uint16_t>(known - servers.begin());
  if (known == servers.end()) servers.push_back(server);
  return number;
}

}  // namespace

std::string SlotMap::gaps() const {
  std::string text;
  for (std::size_t first = 0; first < kSlots; ++first) {
    if (owner[first] != kNobody) continue;
    std::size_t last = first;
    while (last + 1 < kSlots && owner[last + 1] == kNobody) ++last;
    if (!text.empty()) text += ", ";
    text += std::to_string(first);
    if (last > first) text.append("-").append(std::to_string(last));
    first = last;
  }
  return text;
}

Result<SlotMap> read_slot_map(const Reply& reply, const Endpoint& asked) {
  if (reply.type != Reply::Type::kArray || reply.elements.size() > kSlots) return unreadable(reply);
  SlotMap map;
  map.owner.fill(SlotMap::kNobody);
  for (const Reply& range : reply.elements) {
    const auto first = number_at(range, 0);
    const auto last = number_at(range, 1);
    if (!first || !last || *first < 0 || *first > *last || *last >= static_cast<long long>(kSlots)) {
      return unreadable(reply);
    }
    // Behind the range stands its primary, and then its replicas.
    if (range.elements.size() < 3) continue;
    const Reply& primary = range.elements[2];
    const auto server =
        endpoint_at(primary.text_at(0).value_or(std::string_view()), number_at(primary, 1).value_or(0), asked);
    if (!server) return unreadable(reply);
    std::fill(map.owner.begin() + *first, map.owner.begin() + *last + 1, number_of(map.primaries, *server));
    if (map.primaries.size() > kMostPrimaries) return unreadable(reply);
  }
  if (map.primaries.empty()) return Error{Failure::kUnavailable, "it knows of nobody who owns a slot"};
  return map;
}

std::optional<Redirection> read_redirection(std::string_view error, const Endpoint& from) {
  Redirection redirection;
  if (error.starts_with("TRYAGAIN") || error.starts_with("CLUSTERDOWN")) return redirection;
  const bool moved = error.starts_with("MOVED ");
  if (!moved && !error.starts_with("ASK ")) return std::nullopt;
  take_until(error, ' ');
  const auto slot = parse_number<unsigned>(take_until(error, ' '));
  const std::size_t colon = error.rfind(':');
  if (!slot || *slot >= kSlots || colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_number<int>(error.substr(colon + 1));
  const auto server = endpoint_at(error.substr(0, colon), port.value_or(0), from);
  if (!server) return std::nullopt;
  redirection.kind = moved ? Redirection::Kind::kMoved : Redirection::Kind::kAsk;
  redirection.slot = static_cast<Slot>(*slot);
  redirection.server = *server;
  return redirection;
}

}  // namespace sessiond
