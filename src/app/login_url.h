#pragma once

#include <string>
#include <string_view>

#include "http/request.h"

namespace sessiond {

/// Where people sign in: the options `login-url` and `return-parameter`.
struct Login {
  std::string url;               // empty where nobody said
  std::string parameter = "rd";  // of its query: where people want to go back to
};

/// The most that an address to go back to may take in it, in bytes. nginx has a buffer of 8 kB for the check's
/// answer.
inline constexpr std::size_t kMaxReturn = 4096;

/// Whether a text can be a login URL: `http://` or `https://` and a host, or a path that begins with one `/`; of
/// the characters of RFC 3986, without user and fragment, 1 kB at most.
[[nodiscard]] bool is_login_url(std::string_view text);

/// Whether a text can be the parameter's name: 1 to 64 letters, digits, `-`, `_`, `.` and `~`.
[[nodiscard]] bool is_parameter_name(std::string_view text);

/// The login URL with the address that a gateway was asked for, which is what its X-Forwarded- headers say: where
/// the login URL is a path, path and query; else the whole URL. The parameter is empty where they say nothing, and
/// where that is longer than kMaxReturn. All but letters, digits, `-`, `_`, `.` and `~` is percent-encoded, so that no
/// request adds a header, or another parameter. Whether it is a good place to go to is the login service's to judge.
/// `demand` are further parameters, encoded: what a sign-in has to be.
[[nodiscard]] std::string login_link(const Login& login, const http::Request& request, std::string_view demand = {});

/// `text` as a value in a URL's query: all but letters, digits, `-`, `_`, `.` and `~` is percent-encoded.
[[nodiscard]] std::string encode_parameter(std::string_view text);

}  // namespace sessiond
