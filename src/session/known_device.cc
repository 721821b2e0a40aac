#include "session/known_device.h"

#include "base/text.h"
#include "session/activity.h"
#include "session/base64url.h"
#include "session/crypto.h"

namespace sessiond {

std::string without_versions(std::string_view text) {
  constexpr std::string_view kBehindVersion = " ;()";
  std::string rest;
  bool in_number = false;
  bool behind_slash = false;
  for (const char c : text) {
    if (kBehindVersion.find(c) != std::string_view::npos) behind_slash = false;
    in_number = is_digit(c) || (in_number && (c == '.' || c == '_'));
    if (!in_number && !behind_slash) rest += c;
    if (c == '/') behind_slash = true;
  }
  return rest;
}

// A line for each part. The id comes last, as it alone may hold anything.
std::string device_print(std::string_view user_id, const DeviceTraits& traits) {
  constexpr std::size_t kBytes = 16;
  std::string text = without_versions(traits.user_agent) + "\n" + without_versions(traits.device) + "\n";
  text += kept_address(traits.address, RecordIp::kTruncated) + "\n";
  text += user_id;
  return base64url(blake2b<kBytes>(bytes_of(text)));
}

}  // namespace sessiond
