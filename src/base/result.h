#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace sessiond {

/// Every way a request can fail, as a closed set. `http/problem.h` gives each one its status
/// and code on the wire.
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

/// What is wrong with who a request says that it is from. It is for counting only: whoever asks is never told.
enum class Doubt : std::uint8_t {
  kNone,
  kNoToken,
  kMalformed,
  kGone,         // no such session: there never was, or it has ended
  kWrongSecret,  // of a session that lives
  kStale,        // the proof of who they are is too old or too weak
};

/// A failure and a sentence for people. The sentence may be sent to clients and written to
/// logs, so it never holds a token, a code or a password.
struct Error {
  Failure failure;
  std::string text;
  Doubt doubt = Doubt::kNone;
};

/// A value or the Error that stood in its way. Look before you take: `value()` on an error is
/// a programming error and asserts.
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

/// The success of an operation that has nothing to say.
struct Done {};

}  // namespace sessiond
