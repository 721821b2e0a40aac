#include "session/session.h"

#include "base/utf8.h"
#include "session/crypto.h"

namespace sessiond {

UserRef ref_of(std::string_view user_id) { return {blake2b<16>(bytes_of(user_id))}; }

bool is_user_id(std::string_view text) { return !text.empty() && text.size() <= kMaxUserId && is_utf8(text); }

}  // namespace sessiond
