#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "session/token.h"

namespace sessiond {

/// How long a client waits between two polls at first, and how much longer each time that it was too early (RFC 8628,
/// section 3.5). store/lua/poll_device.lua says the same, and how early a poll may be.
inline constexpr Millis kPollInterval = 5000;

/// A device code of RFC 8628: what a client that waits for a person polls with. On the wire it is base64url of the name
/// of the user code (see session/grant.h), 16 bytes, and 256 random bits, of which only a hash is stored. So what is
/// stored is found by either code, and only who has the device code gets the token.
struct DeviceCode {
  std::string name;  // of the user code
  Secret secret;
};

/// Reads a device code. Each has exactly one spelling; anything else is refused.
[[nodiscard]] std::optional<DeviceCode> parse_device_code(std::string_view text);

[[nodiscard]] std::string format_device_code(const DeviceCode& code);

/// The name of the grant (session/grant.h) by which a session pays for the client whose user code has this name. No
/// code that a browser was given has such a name, so it cannot be redeemed for this grant.
[[nodiscard]] std::string device_grant(std::string_view name);

/// A user code as people read it: `ABCD-EFGH`.
[[nodiscard]] std::string show_user_code(std::string_view code);

/// The longest client_id, in bytes: up to kMaxName characters.
inline constexpr std::size_t kMaxClientId = 256;

/// A client that waits for a person, as the person is shown it. All but the times comes from the client itself, or from
/// nginx.
struct Device {
  std::string client_id;
  std::string user_agent;  // this and the next two are empty when they are not known
  std::string address;
  std::string place;
  Millis created_at = 0;
  Millis expires_at = 0;
};

}  // namespace sessiond
