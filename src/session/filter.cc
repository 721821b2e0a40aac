#include "session/filter.h"

#include "base/text.h"
#include "base/utf8.h"
#include "session/name.h"
#include "session/network.h"

namespace sessiond {
namespace {

// A point in time as an operator writes it: an instant, or how long ago.
struct When {
  Millis time = 0;
  bool ago = false;

  [[nodiscard]] Millis at(Millis now) const { return ago ? now - time : time; }
};

Result<When> read_when(std::string_view value) {
  if (const auto ago = parse_duration(value, kLongestLifetime)) return When{*ago, true};
  if (const auto time = parse_rfc3339(value)) return When{*time, false};
  return bad_request("a time such as 2026-11-01T00:00:00Z or how long ago that is, such as 12h or 90d");
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  for (; text.size() >= part.size(); text.remove_prefix(1)) {
    if (equal_ignoring_case(text.substr(0, part.size()), part)) return true;
  }
  return false;
}

// With commas around it, a method is found in a list of them, and no part of one.
std::string between_commas(std::string_view list) { return std::string(1, ',').append(list).append(1, ','); }

}  // namespace

namespace terms {

Result<Fits> kind(std::string_view value) {
  const auto kind = parse_kind(value);
  if (!kind) return bad_request("web or cli");
  return Fits([kind](const Session& session, Millis) { return session.kind == *kind; });
}

// An empty one would be in every User-Agent.
Result<Fits> user_agent(std::string_view value) {
  if (value.empty() || presentable(value, kMaxUserAgent) != value) return bad_request("1 to 512 bytes of text");
  return Fits([part = std::string(value)](const Session& session, Millis) {
    return session.user_agent && contains_ignoring_case(*session.user_agent, part);
  });
}

// For a truncated address, its whole network must be in the network that was asked for.
Result<Fits> ip(std::string_view value) {
  const auto network = parse_network(value);
  if (!network) return bad_request("an address or a network such as 203.0.113.0/24 or 2001:db8::/32");
  return Fits([network = *network](const Session& session, Millis) {
    const auto kept = parse_network(session.ip.value_or(""));
    return kept && network.contains(*kept);
  });
}

Result<Fits> created_before(std::string_view value) {
  const Result<When> when = read_when(value);
  if (!when) return when.error();
  return Fits([when = *when](const Session& session, Millis now) { return session.created_at < when.at(now); });
}

// Uses shortly after a noted one are not noted. So a session that may have been used since then does not fit.
Result<Fits> idle_since(std::string_view value) {
  const Result<When> when = read_when(value);
  if (!when) return when.error();
  return Fits([when = *when](const Session& session, Millis now) {
    return session.last_seen_at && *session.last_seen_at + seen_for(0) < when.at(now);
  });
}

Result<Fits> name(std::string_view value) {
  const auto name = read_name(value);
  if (!name) return bad_request("a name of 1 to 64 characters");
  return Fits([name = *name](const Session& session, Millis) { return session.name == name; });
}

Result<Fits> amr(std::string_view value) {
  if (!is_auth_word(value)) return bad_request("a method as it was minted with, such as pwd");
  return Fits([method = between_commas(value)](const Session& session, Millis) {
    return session.authentication && between_commas(session.authentication->amr).find(method) != std::string::npos;
  });
}

Result<Fits> external_id(std::string_view value) {
  if (value.empty() || presentable(value, kMaxExternalId) != value) return bad_request("1 to 512 bytes of text");
  return Fits([id = std::string(value)](const Session& session, Millis) { return session.external_id == id; });
}

}  // namespace terms

Result<Done> Filter::add(std::string_view name, std::string_view value) {
  const auto* const row = std::ranges::find(kFilterRows, name, &FilterRow::name);
  if (row == std::end(kFilterRows)) return bad_request("a filter that exists");
  if (find(name)) return bad_request("one value");
  Result<Fits> fits = row->read(value);
  if (!fits) return fits.error();
  terms_.push_back({row->name, std::string(value), std::move(*fits)});
  return Done{};
}

bool Filter::says_more_than(std::string_view name) const {
  return std::ranges::any_of(terms_, [name](const Term& term) { return term.name != name; });
}

std::optional<std::string_view> Filter::find(std::string_view name) const {
  const auto term = std::ranges::find(terms_, name, &Term::name);
  if (term == terms_.end()) return std::nullopt;
  return term->value;
}

bool Filter::fits(const Session& session, Millis now) const {
  return std::ranges::all_of(terms_, [&](const Term& term) { return term.fits(session, now); });
}

Result<Done> Filter::judgeable(bool activity, RecordIp ip) const {
  if (find("idle_since") && !activity)
    return bad_request("when sessions were last used is not recorded: see record-activity");
  const auto network = parse_network(find("ip").value_or(""));
  if (!network) return Done{};
  if (!activity || ip == RecordIp::kOff)
    return bad_request("where sessions are used from is not recorded: see record-ip");
  if (ip == RecordIp::kTruncated && network->bits > kept_bits(network->address)) {
    const Network least = network_of(network->address, kept_bits(network->address));
    return bad_request("record-ip keeps no more of an address than its network: ask for " + text_of(least));
  }
  return Done{};
}

std::string Filter::text() const {
  std::string text;
  for (const Term& term : terms_) {
    if (!text.empty()) text += ", ";
    text.append(term.name).append(" ").append(presentable(term.value, kMaxUserAgent));
  }
  return text;
}

}  // namespace sessiond
