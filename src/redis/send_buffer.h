#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "redis/command.h"

namespace sessiond {

/// Bytes on their way to a server. Unlike a std::string it does not fill with zeros what is about to be written.
class SendBuffer {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::string_view text() const { return {bytes_.data(), size_}; }
  void clear() { size_ = 0; }

  void append(std::string_view more) {
    std::copy(more.begin(), more.end(), room(more.size()));
    size_ += more.size();
  }
  /// A command, in Redis's protocol.
  void append(std::span<const std::string_view> words) {
    char* const start = room(room_for_command(words));
    size_ += static_cast<std::size_t>(write_command(start, words) - start);
  }

 private:
  // Where so many bytes may be written.
  char* room(std::size_t count) {
    if (bytes_.size() - size_ < count) bytes_.resize(std::max(2 * bytes_.size(), size_ + count));
    return bytes_.data() + size_;
  }

  std::string bytes_;
  std::size_t size_ = 0;  // of bytes_, those that count
};

}  // namespace sessiond
