#include "integration/readiness.h"

#include "integration/fastcgi_client.h"

namespace sessiond::test {

Response ready(const Worker& worker) {
  return FastCgiClient(worker.public_socket()).ask(fastcgi::request("GET", "/readyz"));
}

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
