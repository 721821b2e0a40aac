#include "app/login_url.h"

#include <algorithm>

namespace sessiond {
namespace {

constexpr std::size_t kLongestUrl = 1024;
constexpr std::size_t kLongestName = 64;
constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
constexpr std::string_view kReserved = "%:/?[]@!$&'()*+,;=";                // of a URL without fragment
constexpr std::string_view kNeverPlain = " !\"#$&'()*+,/:;<=>?@[\\]^`{|}";  // beside what percent_encode encodes anyway

bool is_of_url(char c) {
  return kUnreserved.find(c) != std::string_view::npos || kReserved.find(c) != std::string_view::npos;
}

// What follows `http://` or `https://`; nothing without such a scheme.
std::string_view without_scheme(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (url.starts_with(scheme)) return url.substr(scheme.size());
  }
  return {};
}

bool is_said(const http::Header& header) { return header.value && !header.repeated; }

std::string address_asked_for(const Login& login, const http::Request& request) {
  if (!is_said(request.forwarded_uri)) return {};
  std::string path_and_query(*request.forwarded_uri.value);
  if (login.url.starts_with('/')) return path_and_query;
  if (!is_said(request.forwarded_proto) || !is_said(request.forwarded_host)) return {};
  return std::string(*request.forwarded_proto.value).append("://").append(*request.forwarded_host.value) +
         path_and_query;
}

}  // namespace

bool is_login_url(std::string_view text) {
  if (text.size() > kLongestUrl || !std::ranges::all_of(text, is_of_url)) return false;
  if (text.starts_with('/')) return !text.starts_with("//");
  const std::string_view rest = without_scheme(text);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?"));
  return !host.empty() && host.front() != ':' && host.find('@') == std::string_view::npos;
}

bool is_parameter_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && text.find_first_not_of(kUnreserved) == std::string_view::npos;
}

std::string encode_parameter(std::string_view text) { return http::percent_encode(text, kNeverPlain); }

std::string login_link(const Login& login, const http::Request& request, std::string_view demand) {
  std::string address = encode_parameter(address_asked_for(login, request));
  if (address.size() > kMaxReturn) address.clear();
  const char* const separator = login.url.find('?') == std::string::npos ? "?" : "&";
  return (login.url + separator + login.parameter + "=" + address).append(demand);
}

}  // namespace sessiond
