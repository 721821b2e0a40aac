#pragma once

#include <string>
#include <string_view>

namespace sessiond::test {

/// A new folder under $TMPDIR or /tmp, removed with all that is in it when this goes.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// The path of `name` in the folder.
  [[nodiscard]] std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

/// The whole of a file; empty when there is none.
[[nodiscard]] std::string read_file(const std::string& path);

/// Replaces a file's content.
void write_file(const std::string& path, std::string_view content);

}  // namespace sessiond::test
