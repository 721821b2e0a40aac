// The bytes of an HTTP/1.1 connection: where its requests end must not depend on how they come, or
// two readers could disagree.
//
// The input is a byte that says how the rest is cut into pieces, and the bytes.

#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"
#include "http/response.h"
#include "httpd/reader.h"

using namespace sessiond;

namespace {

struct Noted {
  http::Method method;
  std::string path;
  std::string query;
  std::string headers;
  std::string body;
  bool keep_alive;
  bool operator==(const Noted&) const = default;
};

void check_value(std::string_view value) {
  for (const char c : value) PROMISE((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\t');
}

Noted note(httpd::RequestReader& reader) {
  const bool keep_alive = reader.keep_alive();
  const http::Request request = reader.request();
  PROMISE(request.realm == http::Realm::kCheck);
  PROMISE(request.path.starts_with('/') && request.path.find_first_of("? \r\n") == std::string_view::npos);
  PROMISE(request.body.size() <= 16384);
  PROMISE(request.request_id.empty() || http::is_header_safe(request.request_id));
  PROMISE(!request.host.repeated);
  std::string headers;
  for (const http::Header* header :
       {&request.authorization, &request.host, &request.origin, &request.fetch_site, &request.user_agent, &request.content_type,
        &request.last_event_id}) {
    check_value(header->value.value_or(""));
    headers += std::string(header->value.value_or("-")) + (header->repeated ? "\n2\n" : "\n");
  }
  for (const std::string_view cookie : request.cookies) {
    check_value(cookie);
    headers += "cookie " + std::string(cookie) + '\n';
  }
  headers += request.request_id;
  return {request.method, std::string(request.path), std::string(request.query), headers, request.body, keep_alive};
}

std::vector<Noted> read_in_pieces(std::string_view bytes, std::size_t size) {
  httpd::RequestReader reader(http::Realm::kCheck);
  std::vector<Noted> requests;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
    httpd::Progress progress = reader.take(bytes.substr(0, size));
    for (; progress == httpd::Progress::kComplete; progress = reader.next()) requests.push_back(note(reader));
    if (progress == httpd::Progress::kIncomplete) continue;
    PROMISE(http::problem(reader.refusal()).status >= 400 && http::problem(reader.refusal()).status < 500);
    break;
  }
  return requests;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes = fuzz::text_of_input(data, size);
  if (bytes.empty()) return 0;
  const std::size_t piece = 1 + static_cast<std::size_t>(static_cast<unsigned char>(bytes[0]));
  bytes.remove_prefix(1);

  // What is refused when it comes in one way may be waited for without end when it comes in another, as a
  // quote that nobody closes, but it is never taken.
  const std::vector<Noted> whole = read_in_pieces(bytes, bytes.size() + 1);
  for (const std::size_t each : {std::size_t{1}, piece}) PROMISE(read_in_pieces(bytes, each) == whole);
  return 0;
}
