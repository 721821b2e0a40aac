#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sessiond::http {

/// Who can reach a socket: the internet, a gateway that asks who calls, or only the operator's own
/// services. It is a property of the socket that a request came in on, never of the request.
enum class Realm { kPublic, kCheck, kInternal };

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOther };

/// The method of this exact name.
[[nodiscard]] Method parse_method(std::string_view name);

/// A header that must not come twice. In FastCGI, nginx passes a repeated one as a repeated parameter.
struct Header {
  std::optional<std::string_view> value;
  bool repeated = false;

  /// Notes that the header came with this value; a second time sets `repeated`.
  void set(std::string_view text);
};

/// A request as the worker sees it. The views belong to what it was read from.
struct Request {
  Realm realm = Realm::kPublic;
  Method method = Method::kOther;
  std::string_view path;        // as sent, still percent-encoded, without the query
  bool has_query = false;       // there is a `?`, even if nothing follows it
  std::string_view query;       // what follows the `?`, still percent-encoded
  std::string_view request_id;  // nginx's, which a client cannot choose; a service's own; or one that we gave
  Header authorization;
  std::vector<std::string_view> cookies;  // one a Cookie header
  Header host;
  Header origin;
  Header fetch_site;
  Header user_agent;
  Header forwarded_proto;  // of the request that a gateway asks about, as are the next two: https
  Header forwarded_host;   // example.org:8443
  Header forwarded_uri;    // path and query
  Header client_address;   // of the client, as nginx tells it
  Header client_place;     // where that is, for people
  Header passive;          // not empty where no person made the request, as when a page polls
  Header actor;            // in the internal realm: on whose behalf a service says that it acts
  Header trace;            // traceparent (W3C Trace Context)
  Header last_event_id;    // the last event that a reader of events has (HTML, section 9.2)
  Header content_type;
  Header accept;
  std::string body;
};

/// Whether a text is safe as a header's value: not empty, and printable ASCII without blanks.
[[nodiscard]] bool is_header_safe(std::string_view text);

/// Sets path and query from the target of a request, `/path?query`.
void set_target(Request& request, std::string_view target);

/// Reads the CGI variables (RFC 3875) that matter here from `NAME=value` strings that end with a null pointer: a
/// FastCGI request's parameters, or a CGI program's environment. The path is that of REQUEST_URI, which is raw. Where a
/// server sends none, the path is SCRIPT_NAME and PATH_INFO, which `path_buffer` then holds, and the query is
/// QUERY_STRING. Never fails: what is missing or odd is left empty, and routing refuses it.
[[nodiscard]] Request read_request(const char* const* environment, Realm realm, std::string& path_buffer);

/// The trace that a request belongs to, a traceparent (W3C Trace Context); empty where it has none, or a malformed one.
[[nodiscard]] std::string_view trace_of(const Request& request);

/// An id for a request that brings none: 32 random hexadecimal digits, as nginx's own.
[[nodiscard]] std::string new_request_id();

/// `text` as a header's value, from which `percent_decode` gives it back. As applications seldom decode,
/// little is percent-encoded: `%`, control characters, bytes beyond ASCII, a space at either end, which
/// readers of a header trim, and the characters of `also`.
[[nodiscard]] std::string percent_encode(std::string_view text, std::string_view also = {});

/// The bytes that percent-encoding stands for (RFC 3986); nothing when it is malformed.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace sessiond::http
