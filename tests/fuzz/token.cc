// Tokens, and device codes: whatever a client sends as one.

#include <algorithm>

#include "fuzz/fuzz.h"
#include "session/device.h"
#include "session/token.h"

using namespace sessiond;

namespace {

bool same(const Token& a, const Token& b) {
  return a.kind == b.kind && a.ref == b.ref && a.id == b.id && a.secret.bytes == b.secret.bytes;
}

// A token whose parts are the input's bytes.
Token made_of(std::string_view bytes) {
  Token token;
  token.kind = bytes.size() % 2 == 0 ? Kind::kWeb : Kind::kCli;
  const auto fill = [&bytes](auto& part) {
    const std::size_t count = std::min(bytes.size(), part.size());
    std::copy_n(bytes.begin(), count, part.begin());
    bytes.remove_prefix(count);
  };
  fill(token.ref.bytes);
  fill(token.id.bytes);
  fill(token.secret.bytes);
  return token;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of_input(data, size);

  // Whatever is taken for a token is spelled in the one way that it has.
  if (const auto token = parse_token(text)) {
    PROMISE(format_token(*token) == text);
    PROMISE(text.starts_with(token->kind == Kind::kWeb ? "ses_" : "pat_"));
  }

  if (const auto code = parse_device_code(text)) PROMISE(format_device_code(*code) == text);

  // Every token can be written and read again, and is refused with any byte more or less.
  const Token token = made_of(text);
  const std::string written = format_token(token);
  const auto again = parse_token(written);
  PROMISE(again && same(*again, token));
  PROMISE(!parse_token(written + 'A'));
  PROMISE(!parse_token(written + '='));
  PROMISE(!parse_token(std::string_view(written).substr(0, written.size() - 1)));
  PROMISE(!parse_token(' ' + written));

  // Any other last character or byte stands for another token or for none.
  std::string other = written;
  for (int byte = 0; byte < 256; ++byte) {
    other.back() = static_cast<char>(byte);
    const auto read = parse_token(other);
    PROMISE(other == written ? read.has_value() : !read || !same(*read, token));
  }
  return 0;
}
