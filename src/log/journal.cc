#define SD_JOURNAL_SUPPRESS_LOCATION
#include "log/journal.h"

#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "log/line.h"

namespace sessiond::log {
namespace {

constexpr const char* kSocket = "/run/systemd/journal/socket";

}  // namespace

// A program that a service starts inherits the variable, but its standard error may be something else.
bool journal_reads_stderr() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here ever changes the environment
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat output = {};
  if (stream == nullptr || fstat(STDERR_FILENO, &output) != 0) return false;
  return stream == std::to_string(output.st_dev) + ":" + std::to_string(output.st_ino);
}

// sd_journal_sendv says nothing when there is none.
bool has_journal() { return access(kSocket, W_OK) == 0; }

bool send_to_journal(int priority, std::string_view packed) {
  std::vector<std::string> fields = render_journal(priority, unpack(packed));
  std::vector<iovec> parts;
  parts.reserve(fields.size());
  for (std::string& field : fields) parts.push_back({field.data(), field.size()});
  return has_journal() && sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

}  // namespace sessiond::log
