#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sessiond::json {

/// Bounds of what is parsed at all: a body's bytes, how deep values nest, a number's characters
/// and the digits of its exponent.
inline constexpr std::size_t kMaxBytes = 16UL * 1024;
inline constexpr const char* kTooLarge = "the body is larger than 16 kB";
inline constexpr std::size_t kMaxDepth = 8;
inline constexpr std::size_t kMaxNumber = 32;
inline constexpr std::size_t kMaxExponent = 3;

/// A member of an object.
struct Member {
  enum class Type { kNull, kBool, kInteger, kNumber, kString, kArray, kObject };

  std::string name;
  Type type = Type::kNull;
  std::string string;        // of a kString, unescaped; may hold NUL
  std::int64_t integer = 0;  // of a kInteger; else 0
  bool boolean = false;      // of a kBool
  std::string raw;           // of a number, an array or an object: its text
};

/// A JSON object's members, in the order of the text.
class Object {
 public:
  explicit Object(std::vector<Member> members) : members_(std::move(members)) {}

  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  /// The member with this name, or null.
  [[nodiscard]] const Member* find(std::string_view name) const;
  /// The text of the member with this name; nothing when it is absent or no string.
  [[nodiscard]] std::optional<std::string_view> string(std::string_view name) const;
  /// A bad request that names the first member whose name is not among `known`.
  [[nodiscard]] Result<Done> only(std::initializer_list<std::string_view> known) const;

 private:
  std::vector<Member> members_;
};

/// Reads a JSON object (RFC 8259), all of `text`. Stricter than the RFC, where it leaves room:
/// UTF-8 only and checked, no byte order mark, no name twice in one object at any depth, and
/// the bounds above. Refuses with kBadRequest, or kTooLarge over kMaxBytes.
[[nodiscard]] Result<Object> parse_object(std::string_view text);

/// The elements of a kArray, in their order and without names.
[[nodiscard]] std::vector<Member> elements_of(const Member& array);

}  // namespace sessiond::json
