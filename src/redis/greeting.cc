#include "redis/greeting.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/utf8.h"
#include "redis/info.h"

namespace sessiond {
namespace {

constexpr std::size_t kLongestQuotation = 200;

// The seconds since a replica answered, which INFO shows as `ip=…,port=…,state=online,offset=…,lag=…`. Nothing before
// it follows its primary.
std::optional<int> lag_of(std::string_view replica) {
  constexpr std::string_view kLag = ",lag=";
  const std::size_t at = replica.find(kLag);
  if (at == std::string_view::npos || replica.find(",state=online,") == std::string_view::npos) return std::nullopt;
  const std::string_view rest = replica.substr(at + kLag.size());
  return parse_number<int>(rest.substr(0, rest.find(',')));
}

std::string refused(std::string_view text) { return "Redis refuses the connection: " + quote_redis(text); }

}  // namespace

std::string quote_redis(std::string_view text) {
  const bool whole = text.size() <= kLongestQuotation;
  return presentable(text, kLongestQuotation) + (whole ? "" : "…");
}

std::optional<std::string> refusal_in_auth(const Reply& reply) {
  if (!reply.is_error()) return std::nullopt;
  const std::string words = quote_auth_error(reply.text);
  if (!words.starts_with("WRONGPASS")) return refused(words);
  return "Redis refuses the user or the password: " + words;
}

// Redis repeats what was sent in quotes only, as in "ERR unknown command 'AUTH', with args beginning with: '…'".
std::string quote_auth_error(std::string_view text) { return quote_redis(text.substr(0, text.find_first_of("'\"`:"))); }

std::optional<std::string> refusal_in_role(const Reply& reply) {
  if (reply.is_error()) return refused(reply.text);
  const auto role = reply.text_at(0);
  if (role == "master") return std::nullopt;
  if (role == "sentinel") return "it is a sentinel, and so is written redis+sentinel://host:port/NAME";
  if (role == "slave") return "Redis is a read-only replica";
  return "Redis is no primary: its ROLE is " + quote_redis(role.value_or("of no known form"));
}

std::optional<std::string> refusal_in_select(const Reply& reply) {
  if (!reply.is_error()) return std::nullopt;
  return "Redis refuses its database: " + quote_redis(reply.text);
}

std::optional<std::string> refusal_in_info(const Reply& reply, bool cluster_expected) {
  if (reply.is_error()) return refused(reply.text);
  if (is_in_cluster(reply) && !cluster_expected) {
    return "Redis is one of a Redis Cluster, of which only a part of all sessions would be seen; a cluster is written "
           "redis+cluster://host:port,host:port";
  }
  if (info_value(reply.text, "loading") == "1") return "Redis is still LOADING its data";
  return std::nullopt;
}

std::optional<std::string> refusal_in_replicas(const Reply& info, int most, int least) {
  if (most == 0) return std::nullopt;
  if (info.is_error()) return refused(info.text);
  int fresh = 0;
  for (int number = 0;; ++number) {
    const auto replica = info_value(info.text, "slave" + std::to_string(number));
    if (!replica) break;
    if (const auto lag = lag_of(*replica); lag && *lag <= most) ++fresh;
  }
  if (fresh >= std::max(least, 1)) return std::nullopt;
  return (fresh == 0 ? "no replica has" : "too few replicas have") + std::string(" answered it for more than ") +
         std::to_string(most) + " s (max-staleness), so another may be the primary by now";
}

// WAIT answers with the number of replicas, WAITAOF with an array: whether the primary's disk has them, and the number
// of replicas whose disks do.
bool confirms(const Reply& reply, const RedisAddress::Confirmation& wanted) {
  if (!wanted.on_disk) return reply.type == Reply::Type::kInteger && reply.integer >= wanted.replicas;
  return reply.elements.size() == 2 && reply.elements[0].integer >= 1 && reply.elements[1].integer >= wanted.replicas;
}

std::string describe_confirmation(const Reply& reply) {
  if (reply.is_error()) return quote_redis(reply.text);
  if (reply.elements.size() != 2) return std::to_string(reply.integer) + " replicas have them";
  return std::string(reply.elements[0].integer >= 1 ? "its disk and those of " : "not its disk, and those of ") +
         std::to_string(reply.elements[1].integer) + " replicas have them";
}

bool is_in_cluster(const Reply& info) { return info_value(info.text, "cluster_enabled") == "1"; }

bool leads_elsewhere(const Reply& reply) {
  constexpr std::array<std::string_view, 4> kKinds = {"READONLY", "LOADING", "MASTERDOWN", "UNBLOCKED"};
  return reply.is_error() &&
         std::ranges::any_of(kKinds, [&](std::string_view kind) { return reply.text.starts_with(kind); });
}

}  // namespace sessiond
