#include "fcgi/scan.h"

#include <algorithm>
#include <cstdint>

namespace sessiond::fcgi {
namespace {

// FastCGI 1.0, section 8.
constexpr std::size_t kHeader = 8;
constexpr unsigned kVersion = 1;
constexpr unsigned kBeginRequest = 1;
constexpr unsigned kParams = 4;
constexpr unsigned kStdin = 5;
constexpr unsigned kResponder = 1;
constexpr std::size_t kBeginBody = 8;

// Follows the name-value pairs (section 3.4) through however many PARAMS records they are cut into.
class Pairs {
 public:
  void feed(std::span<const unsigned char> content) {
    while (!content.empty()) {
      if (skip_ > 0) {
        const std::size_t step = std::min(content.size(), skip_);
        skip_ -= step;
        content = content.subspan(step);
        continue;
      }
      take_length_byte(content[0]);
      content = content.subspan(1);
    }
  }

  [[nodiscard]] bool at_boundary() const { return skip_ == 0 && length_bytes_left_ == 0 && !have_name_; }
  [[nodiscard]] bool too_long() const { return too_long_; }

 private:
  // A length is one byte below 128, or four bytes with the top bit set. The name's comes first.
  void take_length_byte(unsigned byte) {
    if (length_bytes_left_ == 0) {
      if (byte >= 0x80) {
        length_ = byte & 0x7FU;
        length_bytes_left_ = 3;
        return;
      }
      length_ = byte;
    } else {
      length_ = length_ << 8U | byte;
      if (--length_bytes_left_ > 0) return;
    }
    if (length_ > kMaxRequest) too_long_ = true;
    if (!have_name_) {
      have_name_ = true;
      name_length_ = length_;
    } else {
      have_name_ = false;
      skip_ = name_length_ + length_;
    }
  }

  std::size_t skip_ = 0;  // bytes of name and value still to come
  std::uint32_t length_ = 0;
  std::uint32_t name_length_ = 0;
  int length_bytes_left_ = 0;
  bool have_name_ = false;
  bool too_long_ = false;
};

}  // namespace

Scan scan(std::span<const unsigned char> bytes) {
  enum class Expect { kBegin, kParams, kStdin } expect = Expect::kBegin;
  unsigned request_id = 0;
  Pairs pairs;

  for (std::size_t at = 0; bytes.size() - at >= kHeader;) {
    const auto record = bytes.subspan(at);
    const unsigned version = record[0];
    const unsigned type = record[1];
    const unsigned id = static_cast<unsigned>(record[2]) << 8U | record[3];
    const std::size_t content = static_cast<std::size_t>(record[4]) << 8U | record[5];
    const std::size_t total = kHeader + content + record[6];
    if (version != kVersion || at + total > kMaxRequest) return Scan::kMalformed;
    // libfcgi forgets the padding where it turns from one stream to the next, and would take it for
    // records. nginx pads only what has content.
    if (record[6] > 0 && (expect == Expect::kBegin || content == 0)) return Scan::kMalformed;

    if (expect == Expect::kBegin) {
      if (type != kBeginRequest || content != kBeginBody || id == 0) return Scan::kMalformed;
      request_id = id;
    } else if (id != request_id || type != (expect == Expect::kParams ? kParams : kStdin)) {
      return Scan::kMalformed;
    }
    if (record.size() < total) return Scan::kIncomplete;
    const auto body = record.subspan(kHeader, content);
    at += total;

    if (expect == Expect::kBegin) {
      const unsigned role = static_cast<unsigned>(body[0]) << 8U | body[1];
      if (role != kResponder) return Scan::kMalformed;
      expect = Expect::kParams;
    } else if (expect == Expect::kParams) {
      pairs.feed(body);
      if (pairs.too_long()) return Scan::kMalformed;
      if (content > 0) continue;
      if (!pairs.at_boundary()) return Scan::kMalformed;
      expect = Expect::kStdin;
    } else if (content == 0) {
      return at == bytes.size() ? Scan::kComplete : Scan::kMalformed;
    }
  }
  return bytes.size() >= kMaxRequest ? Scan::kMalformed : Scan::kIncomplete;
}

}  // namespace sessiond::fcgi
