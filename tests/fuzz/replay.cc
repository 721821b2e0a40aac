// The main of the fuzz targets that are built without libFuzzer: runs one on each file of the folders, so that what fuzzing
// once found stays found.
//
//   replay TARGET FOLDER...

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>

int main(int argc, char** argv) {
  // The Makefile says which there are.
  const std::map<std::string, int (*)(const std::uint8_t*, std::size_t)> targets = {TARGETS};
  if (argc < 3 || !targets.contains(argv[1])) {
    std::cerr << "a target and folders were expected\n";
    return 2;
  }
  int count = 0;
  for (int i = 2; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), {}};
      // Said before, so that a crash shows on which file.
      if (std::getenv("V") != nullptr) std::cerr << entry.path().string() << '\n';
      targets.at(argv[1])(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      ++count;
    }
  }
  std::cout << count << " inputs\n";
  return count > 0 ? 0 : 1;
}
