#include "session/device.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "session/base64url.h"

namespace sessiond {
namespace {

constexpr std::size_t kNameSize = 16;

using PackedCode = std::array<std::uint8_t, kNameSize + kSecretSize>;

}  // namespace

std::optional<DeviceCode> parse_device_code(std::string_view text) {
  PackedCode packed;
  if (!parse_base64url(text, packed)) return std::nullopt;
  DeviceCode code;
  code.name = base64url(std::span(packed).first<kNameSize>());
  std::copy_n(packed.data() + kNameSize, kSecretSize, code.secret.bytes.begin());
  wipe(packed);
  return code;
}

std::string format_device_code(const DeviceCode& code) {
  PackedCode packed{};
  const bool named = parse_base64url(code.name, std::span(packed).first<kNameSize>());
  if (!named) return {};  // cannot be: the name is that of a user code
  std::ranges::copy(code.secret.bytes, packed.begin() + kNameSize);
  std::string text = base64url(packed);
  wipe(packed);
  return text;
}

std::string device_grant(std::string_view name) { return std::string("device:").append(name); }

std::string show_user_code(std::string_view code) {
  constexpr std::size_t kHalf = 4;
  return std::string(code.substr(0, kHalf)).append("-").append(code.substr(kHalf));
}

}  // namespace sessiond
