#pragma once

#include <string>
#include <string_view>

#include "http/request.h"

namespace sessiond {

/// Where people sign in: the options `login-url` and `return-parameter`.
struct Login {
  std::string url;               // empty: not set
  std::string parameter = "rd";  // of its query: the address to go back to after signing in
};

/// The longest address to go back to, encoded, in bytes. nginx has a buffer of 8 kB for the check's answer.
inline constexpr std::size_t kMaxReturn = 4096;

/// Whether a text can be a login URL: `http://` or `https://` and a host, or a path that begins with one `/`; of
/// the characters of RFC 3986, without user and fragment, 1 kB at most.
[[nodiscard]] bool is_login_url(std::string_view text);

/// Whether a text can be the parameter's name: 1 to 64 letters, digits, `-`, `_`, `.` and `~`.
[[nodiscard]] bool is_parameter_name(std::string_view text);

/// The login URL, with the address that the gateway was asked for as its parameter. The gateway's X-Forwarded- headers
/// say that address: path and query where the login URL is a path; else the whole URL. The parameter is empty where
/// they say nothing, and where the address is longer than kMaxReturn. All but letters, digits, `-`, `_`, `.` and `~` is
/// percent-encoded, so that no request adds a header, or another parameter. The login service has to judge whether it
/// is a good place to go to. `demand`: further parameters, encoded: what the sign-in has to be.
[[nodiscard]] std::string login_link(const Login& login, const http::Request& request, std::string_view demand = {});

/// `text` as a value in a URL's query: all but letters, digits, `-`, `_`, `.` and `~` is percent-encoded.
[[nodiscard]] std::string encode_parameter(std::string_view text);

}  // namespace sessiond
