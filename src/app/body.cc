#include "app/body.h"

#include "app/metadata.h"
#include "base/text.h"
#include "base/utf8.h"
#include "http/form.h"
#include "session/grant.h"
#include "session/name.h"

namespace sessiond {
namespace {

// The error for a name that read_name refuses. `what` goes before.
Error bad_name(std::string what) {
  return bad_request(std::move(what) + "up to " + std::to_string(kMaxName) +
                     " characters, one of them visible and none a control character");
}

// Whether the request says that its body is of this media type.
bool says(const http::Request& request, std::string_view type) {
  const std::string_view said = request.content_type.value.value_or("");
  if (request.content_type.repeated || !equal_ignoring_case(said.substr(0, type.size()), type)) return false;
  const std::string_view rest = said.substr(type.size());
  return rest.empty() || rest[0] == ';' || rest[0] == ' ';
}

// A User is handed on unchanged, so it must be whole: clients rely on these members, and applications on the
// check's headers.
Result<std::string> read_user_id(const json::Object& user, std::span<const CheckHeader> headers) {
  for (const std::string_view name : {"id", "username", "created_at", "updated_at"}) {
    const auto text = user.string(name);
    if (!text || text->empty()) return bad_request("the User needs a string \"" + std::string(name) + "\"");
  }
  for (const std::string_view name : {"created_at", "updated_at"}) {
    if (!is_rfc3339(*user.string(name))) {
      return bad_request("the User's \"" + std::string(name) +
                         "\" is a time of RFC 3339, such as 2026-11-23T06:06:29.861Z");
    }
  }
  const std::string_view id = *user.string("id");
  if (!is_user_id(id)) return bad_request("a user's \"id\" is 1 to 255 bytes");
  if (const auto fits = make_check_headers(headers, user); !fits) return bad_request(fits.error().text);
  return std::string(id);
}

Result<Done> read_idle(const json::Object& body, Minting& minting) {
  constexpr std::int64_t kLeast = kShortestIdle / 1000;
  constexpr std::int64_t kMost = kLongestLifetime / 1000;
  const json::Member* seconds = body.find("idle_seconds");
  if (seconds == nullptr) return Done{};
  const bool is_none = seconds->type == json::Member::Type::kNull;
  if (!is_none && (seconds->integer < kLeast || seconds->integer > kMost)) {
    return bad_request("\"idle_seconds\" is a whole number from " + std::to_string(kLeast) + " to " +
                       std::to_string(kMost) + ", or null for no idle time");
  }
  minting.idle = is_none ? 0 : seconds->integer * 1000;
  return Done{};
}

// A text; empty when it is null or missing.
Result<std::string_view> read_text(const json::Object& body, std::string_view name) {
  const json::Member* text = body.find(name);
  if (text == nullptr || text->type == json::Member::Type::kNull) return std::string_view();
  if (text->type != json::Member::Type::kString)
    return bad_request(std::string("\"").append(name) + "\" is a string or null");
  return std::string_view(text->string);
}

Result<Done> read_whence(const json::Object& body, Minting& minting) {
  const Result<std::string_view> ip = read_text(body, "ip");
  if (!ip) return ip.error();
  if (!ip->empty() && !is_address(*ip)) return bad_request("\"ip\" is an IPv4 or IPv6 address");
  const Result<std::string_view> place = read_text(body, "place");
  if (!place) return place.error();
  minting.address = *ip;
  minting.place = *place;
  return Done{};
}

Result<std::string> read_methods(const json::Object& body) {
  const json::Member* amr = body.find("amr");
  if (amr == nullptr || amr->type == json::Member::Type::kNull) return std::string();
  const Error misspelt =
      bad_request("\"amr\" is an array of up to " + std::to_string(kMaxMethods) + " strings, each as \"acr\" is");
  if (amr->type != json::Member::Type::kArray) return misspelt;
  std::string list;
  for (const json::Member& method : json::elements_of(*amr)) {
    if (!is_auth_word(method.string)) return misspelt;  // the `string` of what is no string is empty
    list.append(list.empty() ? "" : ",").append(method.string);
  }
  if (!is_method_list(list)) return misspelt;
  return list;
}

Result<Authentication> read_authentication(const json::Object& body) {
  const Result<std::string_view> time = read_text(body, "auth_time");
  if (!time) return time.error();
  const Result<std::string_view> acr = read_text(body, "acr");
  if (!acr) return acr.error();
  Result<std::string> methods = read_methods(body);
  if (!methods) return methods.error();
  if (!acr->empty() && !is_auth_word(*acr)) {
    return bad_request("\"acr\" is 1 to " + std::to_string(kMaxAuthWord) +
                       " printable ASCII characters, no space, quote, backslash or comma among them");
  }
  const auto at = parse_rfc3339(*time);
  if (!time->empty() && (!at || *at < 0)) {
    return bad_request("\"auth_time\" is a time of RFC 3339, such as 2026-11-23T06:06:29.861Z");
  }
  return Authentication{at, std::string(*acr), std::move(*methods)};
}

// Refuses anything but an operator's id, also null, so that nobody gets the person's own session by mistake.
Result<Done> read_impersonator(const json::Object& body, Minting& minting) {
  if (body.find("impersonator") == nullptr) return Done{};
  minting.impersonator = body.string("impersonator").value_or("");
  if (!is_user_id(minting.impersonator)) return bad_request("\"impersonator\" is an operator's id, 1 to 255 bytes");
  if (minting.kind != Kind::kWeb) return bad_request("an \"impersonator\" gets a session of kind \"web\" only");
  if (minting.lifetime > kLongestImpersonation) {
    return bad_request("\"ttl_seconds\" is 3600 at most with an \"impersonator\"");
  }
  if (minting.replaces) return bad_request("an \"impersonator\" ends no session: \"replaces\" cannot stand beside it");
  return Done{};
}

Result<Done> read_kept_texts(const json::Object& body, Minting& minting) {
  const Result<std::string_view> device = read_text(body, "device");
  if (!device) return device.error();
  std::optional<std::string> name = device->empty() ? std::string() : read_name(*device);
  if (!name) return bad_name("\"device\" is null or ");
  minting.device = std::move(*name);
  const Result<std::string_view> external_id = read_text(body, "external_id");
  if (!external_id) return external_id.error();
  minting.external_id = presentable(*external_id, kMaxExternalId);
  const bool is_empty = body.string("external_id") == "";
  if (is_empty || minting.external_id != *external_id)
    return bad_request("\"external_id\" is null or 1 to 512 bytes of text");
  const json::Member* metadata = body.find("metadata");
  if (metadata == nullptr) return Done{};
  Result<std::string> read = read_metadata(metadata->raw);
  if (!read) return read.error();
  minting.metadata = std::move(*read);
  return Done{};
}

Result<Done> read_optional_members(const json::Object& body, Minting& minting) {
  using Type = json::Member::Type;
  const Result<std::string_view> user_agent = read_text(body, "user_agent");
  if (!user_agent) return user_agent.error();
  minting.user_agent = presentable(*user_agent, kMaxUserAgent);
  if (const json::Member* ttl = body.find("ttl_seconds")) {
    const bool is_web = minting.kind == Kind::kWeb;
    const std::int64_t longest = (is_web ? kLongestWebLifetime : kLongestLifetime) / 1000;
    if (ttl->integer < 1 || ttl->integer > longest) {
      return bad_request("\"ttl_seconds\" is a whole number from 1 to " + std::to_string(longest) +
                         (is_web ? ", as browsers keep a cookie for 400 days at most" : ""));
    }
    minting.lifetime = ttl->integer * 1000;
  }
  if (const json::Member* persistent = body.find("persistent")) {
    if (persistent->type != Type::kBool) return bad_request("\"persistent\" is true or false");
    if (minting.kind != Kind::kWeb)
      return bad_request("\"persistent\" is about a cookie, which only a web session has");
    minting.persistent = persistent->boolean;
  }
  if (body.find("replaces") != nullptr) {
    minting.replaces = parse_uuid(body.string("replaces").value_or(""));
    if (!minting.replaces) return bad_request("\"replaces\" is a session's id");
  }
  return Done{};
}

}  // namespace

Result<json::Object> read_json(const http::Request& request) {
  if (!says(request, "application/json")) {
    return Error{Failure::kUnsupportedMediaType, "the body must be application/json"};
  }
  return json::parse_object(request.body);
}

Result<Minting> read_minting(const http::Request& request, std::span<const CheckHeader> headers) {
  const Result<json::Object> body = read_json(request);
  if (!body) return body.error();
  const auto known =
      body->only({"user", "kind", "user_agent", "device", "ttl_seconds", "idle_seconds", "persistent", "replaces", "ip",
                  "place", "auth_time", "amr", "acr", "impersonator", "external_id", "metadata"});
  if (!known) return known.error();
  const json::Member* user = body->find("user");
  if (user == nullptr || user->type != json::Member::Type::kObject)
    return bad_request("\"user\" is missing or no object");
  const Result<json::Object> members = json::parse_object(user->raw);
  if (!members) return members.error();
  Result<std::string> user_id = read_user_id(*members, headers);
  if (!user_id) return user_id.error();
  const auto kind = parse_kind(body->string("kind").value_or(""));
  if (!kind) return bad_request(R"("kind" is "web" or "cli")");

  Minting minting;
  minting.user_id = std::move(*user_id);
  minting.user_json = user->raw;
  minting.kind = *kind;
  if (const auto read = read_optional_members(*body, minting); !read) return read.error();
  if (const auto read = read_idle(*body, minting); !read) return read.error();
  if (const auto read = read_whence(*body, minting); !read) return read.error();
  Result<Authentication> proof = read_authentication(*body);
  if (!proof) return proof.error();
  if (proof->at && minting.kind != Kind::kWeb)
    return bad_request("\"auth_time\" is for a web session only: a CLI session is never fresh");
  minting.authentication = std::move(*proof);
  if (const auto read = read_impersonator(*body, minting); !read) return read.error();
  if (const auto read = read_kept_texts(*body, minting); !read) return read.error();
  return minting;
}

Result<Reauthentication> read_reauthentication(const http::Request& request) {
  const Result<json::Object> body = read_json(request);
  if (!body) return body.error();
  if (const auto known = body->only({"user_id", "auth_time", "amr", "acr"}); !known) return known.error();
  const std::string_view user_id = body->string("user_id").value_or("");
  if (!is_user_id(user_id)) return bad_request("\"user_id\" is the id of the session's user");
  Result<Authentication> proof = read_authentication(*body);
  if (!proof) return proof.error();
  return Reauthentication{std::string(user_id), std::move(*proof)};
}

Result<std::string_view> read_user(const http::Request& request, std::string_view user_id,
                                   std::span<const CheckHeader> headers) {
  const Result<json::Object> user = read_json(request);
  if (!user) return user.error();
  const Result<std::string> id = read_user_id(*user, headers);
  if (!id) return id.error();
  if (*id != user_id) return bad_request("the User's \"id\" is not the one in the path");
  return trim(request.body, " \t\r\n");
}

Result<std::string> read_new_name(const http::Request& request) {
  const Result<json::Object> body = read_json(request);
  if (!body) return body.error();
  if (const auto known = body->only({"name"}); !known) return known.error();
  const json::Member* name = body->find("name");
  if (name != nullptr && name->type == json::Member::Type::kNull) return std::string();
  std::optional<std::string> read = read_name(body->string("name").value_or(""));
  if (!read) return bad_name("\"name\" is null or ");
  return std::move(*read);
}

Result<std::string> read_code(const http::Request& request) {
  const Result<json::Object> body = read_json(request);
  if (!body) return body.error();
  if (const auto known = body->only({"code"}); !known) return known.error();
  const auto typed = body->string("code");
  if (!typed) return bad_request("\"code\" is missing or no string");
  std::optional<std::string> code = normalise_grant_code(*typed);
  if (!code) return bad_request("a code is 8 letters and digits");
  return std::move(*code);
}

Result<std::string> read_form_field(const http::Request& request, std::string_view name) {
  // A client that sends nothing says no type either.
  if (!request.body.empty() && !says(request, "application/x-www-form-urlencoded")) {
    return Error{Failure::kUnsupportedMediaType, "the body must be application/x-www-form-urlencoded"};
  }
  if (request.body.size() > json::kMaxBytes) return Error{Failure::kTooLarge, json::kTooLarge};
  return http::read_field(request.body, name);
}

Result<std::optional<Token>> read_token(const http::Request& request) {
  const Result<std::string> text = read_form_field(request, "token");
  if (!text) return text.error();
  return parse_token(*text);
}

Result<std::string> read_client_id(const http::Request& request) {
  const Result<std::string> text = read_form_field(request, "client_id");
  if (!text) return text.error();
  std::optional<std::string> name = read_name(*text);
  if (!name) return bad_name("a client_id is ");
  return std::move(*name);
}

Result<std::string> read_dev_login(const http::Request& request) {
  constexpr std::size_t kLongest = 64;
  const Result<json::Object> body = read_json(request);
  if (!body) return body.error();
  if (const auto known = body->only({"username"}); !known) return known.error();
  const std::string_view name = body->string("username").value_or("");
  if (name.empty() || presentable(name, kLongest) != name) {
    return bad_request("\"username\" is 1 to 64 bytes of printable text");
  }
  return std::string(name);
}

}  // namespace sessiond
