// Bodies: the JSON that login services, CLIs and dev login send, and the form of an OAuth client. The input is one.

#include <set>
#include <string>

#include "app/body.h"
#include "app/metadata.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "http/form.h"
#include "json/write.h"
#include "session/device.h"
#include "session/name.h"

using namespace sessiond;

namespace {

void check_object(std::string_view text) {
  const Result<json::Object> object = json::parse_object(text);
  if (!object) {
    PROMISE(object.error().failure == Failure::kBadRequest || object.error().failure == Failure::kTooLarge);
    PROMISE(is_utf8(object.error().text));
    return;
  }
  PROMISE(text.size() <= json::kMaxBytes);
  PROMISE(is_utf8(text));
  PROMISE(text.find('\0') == std::string_view::npos);
  PROMISE(text.find_first_not_of(" \t\r\n") == text.find('{'));
  PROMISE(text.find_last_not_of(" \t\r\n") == text.rfind('}'));
  std::set<std::string> names;
  for (const json::Member& member : object->members()) {
    PROMISE(names.insert(member.name).second);
    PROMISE(is_utf8(member.name));
    PROMISE(is_utf8(member.string));
    if (member.type != json::Member::Type::kObject) continue;
    PROMISE(text.find(member.raw) != std::string_view::npos);
    PROMISE(json::parse_object(member.raw));
  }
}

void check_proof(const Authentication& proof) {
  PROMISE(!proof.at || *proof.at >= 0);
  PROMISE(parse_authentication(format_authentication(proof)) == proof);
}

void check_minting(const http::Request& request) {
  const Result<Minting> minting = read_minting(request, {});
  if (!minting) return;
  PROMISE(is_user_id(minting->user_id));
  PROMISE(minting->lifetime >= 0 && minting->lifetime <= 10LL * 366 * kDay);
  PROMISE(minting->user_agent.size() <= kMaxUserAgent && is_utf8(minting->user_agent));
  check_proof(minting->authentication);
  if (!minting->impersonator.empty()) {
    PROMISE(is_user_id(minting->impersonator) && minting->kind == Kind::kWeb && !minting->replaces);
    PROMISE(minting->lifetime <= kLongestImpersonation);
  }
  if (!minting->metadata.empty()) {
    PROMISE(minting->metadata.size() <= kMaxMetadata);
    PROMISE(read_metadata(minting->metadata).value() == minting->metadata);
  }
  const auto user = json::parse_object(minting->user_json);
  PROMISE(user && user->string("id") == minting->user_id);
}

// A token is taken only as it is spelt.
void check_form(const http::Request& request) {
  const Result<std::optional<Token>> token = read_token(request);
  if (!token) {
    PROMISE(token.error().failure == Failure::kBadRequest || token.error().failure == Failure::kTooLarge);
    PROMISE(token.error().text.find_first_of("\"\\") == std::string::npos);
  } else if (*token) {
    PROMISE(http::read_field(request.body, "token").value() == format_token(**token));
  }
}

// What a client calls itself is a name that can be shown.
void check_client(const http::Request& request) {
  if (const auto client_id = read_client_id(request)) {
    PROMISE(!client_id->empty() && client_id->size() <= kMaxClientId && is_utf8(*client_id));
    PROMISE(read_name(*client_id) == *client_id);
  }
}

// Whatever text is written as JSON reads back as the same.
void check_writing(std::string_view text) {
  if (!is_utf8(text)) return;
  std::string written = "{\"text\":";
  json::append_string(written, text);
  written += '}';
  if (written.size() > json::kMaxBytes) return;
  const auto read = json::parse_object(written);
  PROMISE(read && read->string("text") == text);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of_input(data, size);
  check_object(text);

  http::Request request;
  request.content_type.value = "application/json";
  request.body = text;
  check_minting(request);
  if (const auto told = read_reauthentication(request)) check_proof(told->proof);
  if (const auto code = read_code(request)) {
    PROMISE(code->size() == 8 && code->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string::npos);
  }
  if (const auto name = read_dev_login(request)) PROMISE(!name->empty() && name->size() <= 64 && is_utf8(*name));

  request.content_type.value = "application/x-www-form-urlencoded";
  check_form(request);
  check_client(request);

  check_writing(text);
  const std::string shown = presentable(text, kMaxUserAgent);
  PROMISE(shown.size() <= kMaxUserAgent && is_utf8(shown) && presentable(shown, kMaxUserAgent) == shown);
  return 0;
}
