// sessiond: login sessions in Redis, behind nginx.
//
//   worker/    the process: sockets, signals, one event loop a thread
//   options/   what an operator can set
//   fcgi/      requests in, responses out, over nginx's FastCGI connections
//   app/       the route table and its handlers: start reading at app/routes.cc
//   store/     sessions in Redis
//   http/      requests, responses, cookies, credentials, as values
//   json/      strict JSON
//   session/   what a session, a token and a key are
//   base/      results, time, text, logs
//
// A room includes only rooms below it in this list; `make check-rooms` proves it.

#include <sys/prctl.h>

#include <exception>
#include <iostream>

#include "base/log.h"
#include "options/command_line.h"
#include "session/crypto.h"
#include "worker/worker.h"

int main(int argc, char** argv) {
  using namespace sessiond;
  try {
    int exit_status = 0;
    const std::optional<CommandLine> command = read_command_line(argc, argv, exit_status);
    if (!command) return exit_status;
    if (command->check_config) {
      std::cout << "sessiond: the configuration is good\n";
      return 0;
    }
    prctl(PR_SET_DUMPABLE, 0);  // tokens pass through memory: no core dump, no debugger of another process
    open_randomness();
    log::open(command->options.log_level);
    const Result<Done> done = run_worker(command->options);
    if (done) return 0;
    log::error(done.error().text);
  } catch (const std::exception& error) {
    std::cerr << "sessiond: " << error.what() << '\n';
  }
  return 1;
}
