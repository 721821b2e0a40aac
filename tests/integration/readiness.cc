#include "integration/readiness.h"

namespace sessiond::test {

Response ready(const Worker& worker) {
  FastCgiClient peer(worker.public_socket());
  return ready(peer);
}

Response ready(FastCgiClient& peer) { return peer.ask(fastcgi::request("GET", "/readyz")); }

void wait_until_ready(Worker& worker) {
  worker.process().wait_until([&] { return ready(worker).status == 200; }, "/readyz");
}

void wait_for_reason(Worker& worker, const std::string& words) {
  worker.process().wait_until(
      [&] {
        const Response response = ready(worker);
        return response.status == 503 && response.body.find(words) != std::string::npos;
      },
      "\"" + words + "\" in /readyz");
}

}  // namespace sessiond::test
