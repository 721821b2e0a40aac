// One of Beast's assertions (1.74) fails when the end of a chunked body comes byte by byte. Without assertions Beast
// reads that correctly.
#define BOOST_DISABLE_ASSERTS
#include "httpd/reader.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "json/parse.h"

namespace sessiond::httpd {
namespace {

namespace beast = boost::beast::http;
using BeastText = boost::beast::string_view;
using BeastError = boost::beast::error_code;

// The most bytes that a chunked body may take on the wire, sizes and extensions included.
constexpr std::size_t kMaxChunks = 2 * json::kMaxBytes;
constexpr const char* kHeadTooLarge = "the header fields are larger than 64 kB";
constexpr std::size_t kMaxRequestId = 128;
constexpr std::size_t kSmallBuffer = 8192;  // kept from request to request

std::string_view view(BeastText text) { return {text.data(), text.size()}; }

bool is_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

}  // namespace

// Collects what Beast finds in one request. Beast reads it from a buffer that may move as more comes, so values are
// noted as places in the buffer.
class RequestReader::Message : public beast::basic_parser<true> {
 public:
  Message() {
    header_limit(kMaxHead);
    body_limit(json::kMaxBytes);
  }

  struct Place {
    std::size_t at = 0;
    std::size_t size = 0;
    [[nodiscard]] std::string_view in(const std::string& buffer) const {
      return std::string_view(buffer).substr(at, size);
    }
  };
  using Member = decltype(&http::Request::host);
  struct Field {
    Member member;  // null for a cookie
    Place value;
  };

  // For the calls of `put` that follow.
  void read_from(const std::string& buffer) { buffer_ = &buffer; }

  http::Method method = http::Method::kOther;
  Place target;
  std::vector<Field> fields;
  Place request_id;
  int request_ids = 0;
  int version = 0;
  bool expects_continue = false;
  std::string body;
  const char* reproach = nullptr;  // why we refuse what Beast would take

 protected:
  void on_request_impl(beast::verb, BeastText method_text, BeastText target_text, int number,
                       BeastError& error) override {
    method = http::parse_method(view(method_text));
    target = place(target_text);
    version = number;
    if (target_text.front() != '/') refuse("the target of a request is a path", error);
  }

  void on_field_impl(beast::field field, BeastText name, BeastText text, BeastError& error) override {
    if (is_head_whole_) return;  // what follows a chunked body is of no use here
    const std::string_view value = view(text);
    if (is_folded(name, text)) return refuse("a header is folded", error);
    switch (field) {
      case beast::field::content_length:
        if (std::exchange(has_length_, true)) return refuse("Content-Length comes twice", error);
        if (!is_digits(value)) refuse("Content-Length is no number", error);
        return;
      case beast::field::transfer_encoding:
        has_coding_ = true;
        if (!equal_ignoring_case(value, "chunked")) refuse("only `chunked` is understood as Transfer-Encoding", error);
        return;
      case beast::field::expect:
        if (equal_ignoring_case(value, "100-continue")) expects_continue = true;
        return;
      case beast::field::host: ++hosts_; return note(&http::Request::host, text);
      case beast::field::authorization: return note(&http::Request::authorization, text);
      case beast::field::cookie: return note(nullptr, text);
      case beast::field::origin: return note(&http::Request::origin, text);
      case beast::field::user_agent: return note(&http::Request::user_agent, text);
      case beast::field::content_type: return note(&http::Request::content_type, text);
      case beast::field::accept: return note(&http::Request::accept, text);
      default: break;
    }
    if (equal_ignoring_case(view(name), "Sec-Fetch-Site")) return note(&http::Request::fetch_site, text);
    if (equal_ignoring_case(view(name), "X-Forwarded-Proto")) return note(&http::Request::forwarded_proto, text);
    if (equal_ignoring_case(view(name), "X-Forwarded-Host")) return note(&http::Request::forwarded_host, text);
    if (equal_ignoring_case(view(name), "X-Forwarded-Uri")) return note(&http::Request::forwarded_uri, text);
    if (equal_ignoring_case(view(name), "X-Real-Ip")) return note(&http::Request::client_address, text);
    if (equal_ignoring_case(view(name), "X-Session-Place")) return note(&http::Request::client_place, text);
    if (equal_ignoring_case(view(name), "X-Session-Passive")) return note(&http::Request::passive, text);
    if (equal_ignoring_case(view(name), "X-Request-Id")) {
      ++request_ids;
      request_id = place(text);
      return;
    }
    if (equal_ignoring_case(view(name), "X-Session-Actor")) return note(&http::Request::actor, text);
    if (equal_ignoring_case(view(name), "traceparent")) return note(&http::Request::trace, text);
    if (equal_ignoring_case(view(name), "Last-Event-ID")) return note(&http::Request::last_event_id, text);
  }

  void on_header_impl(BeastError& error) override {
    if (has_coding_ && version < 11) return refuse("HTTP/1.0 has no Transfer-Encoding", error);
    if (hosts_ > 1 || (hosts_ == 0 && version >= 11)) return refuse("Host must come once", error);
    is_head_whole_ = true;
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, BeastError&) override {}
  std::size_t on_body_impl(BeastText bytes, BeastError&) override {
    body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, BeastText, BeastError&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastText bytes, BeastError&) override {
    body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_response_impl(int, BeastText, int, BeastError&) override {}
  void on_finish_impl(BeastError&) override {}
  // Overrides one that Beast has from Boost 1.85 on.
  virtual void on_trailer_field_impl(beast::field, BeastText, BeastText, BeastError&) {}

 private:
  [[nodiscard]] Place place(BeastText text) const {
    if (text.empty()) return {};
    return {static_cast<std::size_t>(text.data() - buffer_->data()), text.size()};
  }

  void note(Member member, BeastText value) { fields.push_back({member, place(value)}); }

  void refuse(const char* text, BeastError& error) {
    reproach = text;
    error = beast::error::bad_value;
  }

  // Beast unfolds a folded line, though RFC 9112, section 5.2, would have it refused. The value is then a copy outside
  // the buffer, or more than blanks stand before it.
  [[nodiscard]] bool is_folded(BeastText name, BeastText value) const {
    const std::less<> before;
    const char* const begin = buffer_->data();
    const char* const end = begin + buffer_->size();
    if (before(value.data(), begin) || before(end, value.data())) return true;
    const char* const after_name = name.data() + name.size() + 1;
    const std::string_view gap(after_name, static_cast<std::size_t>(value.data() - after_name));
    return gap.find_first_not_of(" \t") != std::string_view::npos;
  }

  const std::string* buffer_ = nullptr;
  bool is_head_whole_ = false;
  int hosts_ = 0;
  bool has_length_ = false;
  bool has_coding_ = false;
};

RequestReader::RequestReader(http::Realm realm) : realm_(realm), message_(std::make_unique<Message>()) {}
RequestReader::~RequestReader() = default;

Progress RequestReader::take(std::string_view bytes) {
  buffer_ += bytes;
  return read_on();
}

Progress RequestReader::read_on() {
  Message& message = *message_;
  message.read_from(buffer_);
  while (!message.is_done()) {
    const bool in_head = !message.is_header_done();
    // Beast never sees more of a head than is allowed, so its own limit, which versions count differently, does not
    // matter.
    const std::size_t end = in_head ? std::min(buffer_.size(), kMaxHead) : buffer_.size();
    if (at_ == end) break;
    BeastError error;
    at_ += message.put(boost::asio::const_buffer(buffer_.data() + at_, end - at_), error);
    if (error == beast::error::need_more) break;
    if (message.reproach != nullptr) return refuse(Failure::kBadRequest, message.reproach);
    if (error == beast::error::header_limit) return refuse(Failure::kHeadTooLarge, kHeadTooLarge);
    if (error == beast::error::body_limit) return refuse(Failure::kTooLarge, json::kTooLarge);
    if (error) return refuse(Failure::kBadRequest, "the request is malformed: " + error.message());
    if (in_head) head_size_ = at_;
  }
  if (message.is_done()) return Progress::kComplete;
  if (message.is_header_done()) {
    if (buffer_.size() - head_size_ <= kMaxChunks) return Progress::kIncomplete;
    return refuse(Failure::kTooLarge, json::kTooLarge);
  }
  if (buffer_.size() < kMaxHead) return Progress::kIncomplete;
  return refuse(Failure::kHeadTooLarge, kHeadTooLarge);
}

Progress RequestReader::refuse(Failure failure, std::string text) {
  refusal_ = Error{failure, std::move(text)};
  return Progress::kRefused;
}

http::Request RequestReader::request() {
  Message& message = *message_;
  http::Request request;
  request.realm = realm_;
  request.method = message.method;
  http::set_target(request, message.target.in(buffer_));
  for (const Message::Field& field : message.fields) {
    const std::string_view value = field.value.in(buffer_);
    if (field.member == nullptr) request.cookies.push_back(value);
    else (request.*field.member).set(value);
  }
  const std::string_view id = message.request_id.in(buffer_);
  if (message.request_ids == 1 && id.size() <= kMaxRequestId && http::is_header_safe(id)) request.request_id = id;
  request.body = std::move(message.body);
  return request;
}

bool RequestReader::keep_alive() const { return message_->version >= 11 && message_->keep_alive(); }

bool RequestReader::awaits_continue() const {
  const Message& message = *message_;
  return message.expects_continue && message.version >= 11 && message.is_header_done() && buffer_.size() == head_size_;
}

Progress RequestReader::next() {
  buffer_.erase(0, at_);
  if (buffer_.empty() && buffer_.capacity() > kSmallBuffer) buffer_ = {};
  at_ = 0;
  std::vector<Message::Field> fields = std::move(message_->fields);  // its memory is used again
  fields.clear();
  *message_ = Message();
  message_->fields = std::move(fields);
  return buffer_.empty() ? Progress::kIncomplete : read_on();
}

}  // namespace sessiond::httpd
