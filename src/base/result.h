#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace sessiond {

/// Every way a request can fail, as a closed set. `http/response.cc` gives each one its status and code on the wire.
enum class Failure {
  kBadRequest,
  kUnauthorized,  // no token was sent
  kInvalidToken,  // a token was sent and proves nothing
  kForbidden,
  kNotFound,
  kMethodNotAllowed,
  kConflict,
  kTooLarge,
  kHeadTooLarge,
  kUnsupportedMediaType,
  kTooManyRequests,
  kUnavailable,  // the store is away, slow, or refuses to write
  kInternal,
};

/// Why a request does not prove who sends it. It is for counting only: the client is never told.
enum class Doubt : std::uint8_t {
  kNone,
  kNoToken,
  kMalformed,
  kGone,         // no such session: there never was, or it has ended
  kWrongSecret,  // the session exists, but has another secret
  kStale,        // the proof of who they are is too old or too weak
};

/// A failure and a sentence for people. The sentence may be sent to clients and written to
/// logs, so it never holds a token, a code or a password.
struct Error {
  Failure failure;
  std::string text;
  Doubt doubt = Doubt::kNone;
};

/// A value, or the Error that explains why there is none. Check first: `value()` on an error is a programming error and
/// asserts.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] T& value() {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

/// What a client sent, or somebody set, is wrong. The sentence says what was expected.
inline Error bad_request(std::string text) { return {Failure::kBadRequest, std::move(text)}; }

/// The value of an operation that has nothing to return.
struct Done {};

}  // namespace sessiond
