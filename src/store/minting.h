#pragma once

#include <optional>
#include <string>
#include <vector>

#include "session/authentication.h"
#include "session/session.h"
#include "session/token.h"
#include "session/uuid.h"
#include "store/cause.h"
#include "store/endings.h"

namespace sessiond {

/// What a session is minted from.
struct Minting {
  std::string user_id;
  std::string user_json;  // the User, unchanged; empty to go on with the one that is stored, which also stays
                          // when its `updated_at` is later
  Kind kind = Kind::kWeb;
  Millis lifetime = 0;
  std::string user_agent;      // empty for none
  std::string device;          // what it is on, as a name (session/name.h); empty where the User-Agent is to tell
  bool persistent = true;      // of a web session: whether its cookie outlives the browser
  std::optional<Millis> idle;  // how long it may be silent; none and 0: as long as it lives. Where activity is recorded
  std::optional<Uuid> replaces;
  std::string address;            // of who signs in, as far as it is told; kept as a Visit's
  std::string place;              // likewise
  Authentication authentication;  // a time yet to come counts as now
  std::string impersonator;       // the id of the operator who is to act as the user; empty for none
  std::string external_id;        // as a Session's
  std::string metadata;           // likewise
  Cause cause = {};               // of the minting; its user is the one above
};

/// A session just minted. The only time that its token is seen.
struct Minted {
  Token token;
  Millis created_at = 0;
  Millis expires_at = 0;
  std::string user_json;  // as it is stored now
  std::string user_id;
  std::vector<Uuid> beyond_cap;   // sessions of its kind that ended to make room for it
  std::optional<Ended> replaced;  // the session that it replaces, if that was there
  bool is_new_device = false;     // no session of the user was lately on its device, where devices are known
};

}  // namespace sessiond
