#include "session/session.h"

#include "base/utf8.h"
#include "session/crypto.h"

namespace sessiond {

UserRef ref_of(std::string_view user_id) { return {blake2b<16>(bytes_of(user_id))}; }

std::string write_kind_field(const KindField& field) {
  std::string text(name_of(field.kind));
  if (!field.impersonator.empty()) text.append(" ").append(field.impersonator);
  return text;
}

std::optional<KindField> parse_kind_field(std::string_view text) {
  const std::size_t space = text.find(' ');
  const auto kind = parse_kind(text.substr(0, space));
  if (!kind) return std::nullopt;
  if (space == std::string_view::npos) return KindField{*kind, {}};
  const std::string_view impersonator = text.substr(space + 1);
  if (*kind != Kind::kWeb || !is_user_id(impersonator)) return std::nullopt;
  return KindField{*kind, impersonator};
}

bool is_user_id(std::string_view text) { return !text.empty() && text.size() <= kMaxUserId && is_utf8(text); }

}  // namespace sessiond
