#include "json/parse.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <limits>
#include <set>

#include "base/utf8.h"

namespace sessiond::json {
namespace {

constexpr std::size_t kMostShown = 64;  // bytes of a name in an error

// Follows a number and tells when it exceeds the bounds of parse.h.
class NumberBounds {
 public:
  [[nodiscard]] bool hold(char c) {
    const bool digit = c >= '0' && c <= '9';
    const bool exponent_begins = c == 'e' || c == 'E';
    if (!digit && !exponent_begins && c != '-' && c != '+' && c != '.') {
      *this = {};
      return true;
    }
    if (in_exponent_ && digit) ++exponent_;
    if (exponent_begins) in_exponent_ = true;
    return ++length_ <= kMaxNumber && exponent_ <= kMaxExponent;
  }

 private:
  std::size_t length_ = 0;
  std::size_t exponent_ = 0;
  bool in_exponent_ = false;
};

// Debian's RapidJSON 1.1.0 lacks the fix of CVE-2024-38517: many digits behind the point or a
// large exponent overflow its arithmetic, and its assertions then end the process. So depth and
// numbers are bounded before it reads a byte.
Result<Done> check_bounds(std::string_view text) {
  std::size_t depth = 0;
  NumberBounds number;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '\0') return bad_request("the body is not JSON");  // RapidJSON would take it for the end
    if (!number.hold(c)) return bad_request("a number in the JSON body is too long");
    if (c == '"') in_string = true;
    if ((c == '{' || c == '[') && ++depth > kMaxDepth) return bad_request("the JSON body is nested too deeply");
    // RapidJSON refuses a body that closes more than it opens.
    if (c == '}' || c == ']') --depth;
  }
  return Done{};
}

// Collects the members of the outermost object, or the elements of the outermost array, and refuses a name
// that comes twice in any object.
class Outline : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Outline> {
 public:
  explicit Outline(const rapidjson::MemoryStream& stream) : stream_(stream) {}

  std::vector<Member> take_members() { return std::move(members_); }
  [[nodiscard]] bool is_object() const { return is_object_; }
  [[nodiscard]] bool repeats_a_name() const { return repeats_a_name_; }
  [[nodiscard]] bool has_half_a_pair() const { return has_half_a_pair_; }

  bool Null() {
    begin(Member::Type::kNull);
    return true;
  }
  bool Bool(bool value) {
    if (Member* member = begin(Member::Type::kBool)) member->boolean = value;
    return true;
  }
  bool Int(int number) { return Int64(number); }
  bool Uint(unsigned number) { return Int64(number); }
  bool Int64(std::int64_t number) {
    if (Member* member = begin_number(Member::Type::kInteger)) member->integer = number;
    return true;
  }
  // RapidJSON calls this for whole numbers beyond 32 bits that are not negative.
  bool Uint64(std::uint64_t number) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    return number <= kMost ? Int64(static_cast<std::int64_t>(number)) : Double(0);
  }
  bool Double(double) {
    begin_number(Member::Type::kNumber);
    return true;
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    check_text({text, length});
    if (Member* member = begin(Member::Type::kString)) member->string.assign(text, length);
    return true;
  }

  bool StartObject() {
    if (names_.empty()) is_object_ = true;
    return open(Member::Type::kObject);
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    check_text({text, length});
    std::string name(text, length);
    if (!names_.back().insert(name).second) {
      repeats_a_name_ = true;
      return false;
    }
    if (is_outermost()) {
      members_.emplace_back();
      members_.back().name = std::move(name);
    }
    return true;
  }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool StartArray() { return open(Member::Type::kArray); }
  bool EndArray(rapidjson::SizeType) { return close(); }

 private:
  [[nodiscard]] bool is_outermost() const { return names_.size() == 1; }

  // RapidJSON accepts a low surrogate without a high one before it. UTF-8 cannot hold that.
  void check_text(std::string_view text) {
    if (!is_utf8(text)) has_half_a_pair_ = true;
  }

  // The member, or element, that a value belongs to; null for a value further in. Elements have no name, so
  // they begin with their value.
  Member* begin(Member::Type type) {
    if (!is_outermost()) return nullptr;
    if (!is_object_) members_.emplace_back();
    members_.back().type = type;
    return &members_.back();
  }
  // A number has just been read. It begins behind the last character that no number has.
  Member* begin_number(Member::Type type) {
    Member* member = begin(type);
    if (member == nullptr) return nullptr;
    const std::string_view read(stream_.begin_, static_cast<std::size_t>(stream_.src_ - stream_.begin_));
    member->raw = read.substr(read.find_last_not_of("0123456789+-.eE") + 1);
    return member;
  }
  // The iterative parser calls before it takes the bracket itself.
  bool open(Member::Type type) {
    if (begin(type) != nullptr) opened_at_ = stream_.src_;
    names_.emplace_back();
    return true;
  }
  bool close() {
    names_.pop_back();
    if (is_outermost()) members_.back().raw.assign(opened_at_, stream_.src_ + 1);
    return true;
  }

  const rapidjson::MemoryStream& stream_;
  std::vector<Member> members_;
  std::vector<std::set<std::string>> names_;  // for each open object or array
  const char* opened_at_ = nullptr;           // where the value of the last member begins that is one of these
  bool is_object_ = false;
  bool repeats_a_name_ = false;
  bool has_half_a_pair_ = false;
};

rapidjson::ParseResult read(rapidjson::MemoryStream& stream, Outline& outline) {
  rapidjson::Reader reader;
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  return reader.Parse<kFlags>(stream, outline);
}

}  // namespace

const Member* Object::find(std::string_view name) const {
  const auto found = std::ranges::find(members_, name, &Member::name);
  return found == members_.end() ? nullptr : &*found;
}

std::optional<std::string_view> Object::string(std::string_view name) const {
  const Member* member = find(name);
  if (member == nullptr || member->type != Member::Type::kString) return std::nullopt;
  return member->string;
}

Result<Done> Object::only(std::initializer_list<std::string_view> known) const {
  for (const Member& member : members_) {
    if (std::ranges::find(known, member.name) == known.end()) {
      return bad_request("the member \"" + presentable(member.name, kMostShown) +
                         "\" of the JSON body is not known here");
    }
  }
  return Done{};
}

Result<Object> parse_object(std::string_view text) {
  if (text.size() > kMaxBytes) return Error{Failure::kTooLarge, kTooLarge};
  if (const Result<Done> bounded = check_bounds(text); !bounded) return bounded.error();

  rapidjson::MemoryStream stream(text.data(), text.size());
  Outline outline(stream);
  const rapidjson::ParseResult parsed = read(stream, outline);
  if (outline.repeats_a_name()) return bad_request("the JSON body has the same name twice in one object");
  if (outline.has_half_a_pair()) return bad_request("the JSON body has half of a surrogate pair in a string");
  if (parsed.IsError()) {
    return bad_request(std::string("the body is not JSON: ") + rapidjson::GetParseError_En(parsed.Code()) +
                       " (at byte " + std::to_string(parsed.Offset()) + ")");
  }
  if (!outline.is_object()) return bad_request("the JSON body is not an object");
  return Object(outline.take_members());
}

std::vector<Member> elements_of(const Member& array) {
  rapidjson::MemoryStream stream(array.raw.data(), array.raw.size());
  Outline outline(stream);
  read(stream, outline);
  return outline.take_members();
}

}  // namespace sessiond::json
