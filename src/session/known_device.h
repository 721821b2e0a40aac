#pragma once

#include <string>
#include <string_view>

namespace sessiond {

/// A User-Agent, or another text that names programs, without their versions: what stands behind the slash of
/// `Firefox/115.0`, and all digits, with the dots and underscores between them. So it is the same after an update.
[[nodiscard]] std::string without_versions(std::string_view text);

/// What a session's device has told of itself.
struct DeviceTraits {
  std::string_view user_agent;
  std::string_view device;   // its name, where the login service tells one
  std::string_view address;  // of who signs in
};

/// What a user's device is known by: 22 letters, digits, `-` and `_`. It is the same as long as the browser is of the
/// same family on the same system, both whatever their versions, and is used from the same network: the /24 of an IPv4
/// address, the /48 of an IPv6 one. Where nobody tells the address, that counts as a network of its own.
///
/// It is a hash, so neither User-Agent nor address can be read from it, and two users' are never the same. It has no
/// secret: who has a copy of Redis and guesses a User-Agent and a network can see whether the guess is right. It proves
/// nothing of who is there: two like browsers in one network are one device, and anybody can send any User-Agent.
[[nodiscard]] std::string device_print(std::string_view user_id, const DeviceTraits& traits);

}  // namespace sessiond
