#include "metrics/process.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <memory>

namespace sessiond::metrics {
namespace {

double cpu_seconds() {
  timespec time{};
  static_cast<void>(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time));
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// The folder has `.`, `..` and the descriptor that reads it besides.
std::uint64_t open_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  if (folder == nullptr) return 0;
  std::uint64_t entries = 0;
  while (readdir(folder.get()) != nullptr) ++entries;  // NOLINT(concurrency-mt-unsafe): the folder is ours alone
  return entries > 3 ? entries - 3 : 0;
}

}  // namespace

ProcessFigures read_process() {
  ProcessFigures figures;
  figures.cpu_seconds = cpu_seconds();
  std::uint64_t virtual_pages = 0;
  std::uint64_t resident_pages = 0;
  if (std::ifstream("/proc/self/statm") >> virtual_pages >> resident_pages) {
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    figures.virtual_bytes = virtual_pages * page;
    figures.resident_bytes = resident_pages * page;
  }
  figures.open_fds = open_descriptors();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.max_fds = limit.rlim_cur;
  return figures;
}

}  // namespace sessiond::metrics
