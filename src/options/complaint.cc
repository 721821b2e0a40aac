#include "options/complaint.h"

#include <iostream>

#include "http/response.h"

namespace sessiond {

int complain(const Error& error, bool json) {
  if (json) std::cout << http::problem(error).body << '\n';
  else std::cerr << "sessiond: " << error.text << '\n';
  return 1;
}

}  // namespace sessiond
