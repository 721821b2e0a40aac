// sessiond: login sessions in Redis, behind nginx.
//
//   worker/    the process: sockets, signals, one event loop a thread
//   cgi/       or one request, for a CGI server
//   deliver/   posts events to a webhook, as a program of its own
//   operator/  list, revoke, mint, doctor: subcommands for operators
//   options/   what an operator can set
//   fcgi/      requests in, responses out, over nginx's FastCGI connections
//   httpd/     likewise over HTTP/1.1 connections
//   peer/      what the worker asks of a connection of either kind
//   app/       the route table and its handlers: start reading at app/routes.cc
//   trail/     what happened to whose session: the audit trail
//   events/    what the store has done, as a stream that programs read
//   store/     sessions in Redis
//   redis/     connections to Redis, Sentinel and Cluster, with and without TLS; knows nothing of sessions
//   metrics/   what is counted, and the pages that tell it
//   http/      requests, responses, cookies, credentials, as values
//   log/       lines for people and for programs that read them
//   json/      strict JSON
//   session/   what a session, a token and a key are
//   base/      results, time, text
//
// A room includes only rooms below it in this list; `make check-rooms` proves it.

#include <sys/prctl.h>

#include <exception>
#include <iostream>

#include "cgi/cgi.h"
#include "deliver/deliver.h"
#include "log/log.h"
#include "operator/operator.h"
#include "options/command_line.h"
#include "options/complaint.h"
#include "session/crypto.h"
#include "worker/worker.h"

int main(int argc, char** argv) {
  using namespace sessiond;
  try {
    // A CGI server may put the query string on the command line (RFC 3875, section 4.4), so in CGI
    // mode only the environment and the configuration file are listened to.
    const bool cgi = started_as_cgi();
    int exit_status = 0;
    const std::optional<CommandLine> command = cgi ? CommandLine{} : read_command_line(argc, argv, exit_status);
    if (!command) return exit_status;
    if (command->dump_options) {
      std::cout << dump_options();
      return 0;
    }
    const ReadSettings read = [&command] { return gather_settings(*command); };
    const Result<std::vector<Setting>> settings = read();
    const Result<Options> options = settings ? make_options(*settings) : Result<Options>(settings.error());
    if (!options) return complain(options.error(), command->request && command->request->json);
    if (command->check_config) {
      std::cout << "sessiond: the configuration is good\n";
      return 0;
    }
    prctl(PR_SET_DUMPABLE, 0);  // tokens pass through memory: no core dump, no debugger of another process
    open_randomness();
    const bool delivers = command->request && command->request->verb == OperatorRequest::Verb::kDeliver;
    if (command->request && !delivers) return run_operator(*options, *command->request);
    // A CGI program's standard output is its answer.
    const log::Output output = cgi ? log::Output::kStandardError : options->log_output;
    log::open(options->log_level, options->log_format, output);
    std::optional<log::Background> background;
    if (!cgi) background.emplace(options->log_format, output);
    const Result<Done> done = cgi        ? run_cgi(*options)
                              : delivers ? deliver::run_deliver(*options)
                                         : run_worker(*options, *settings, read);
    if (done) return 0;
    log::error(done.error().text);
  } catch (const std::exception& error) {
    std::cerr << "sessiond: " << error.what() << '\n';
  }
  return 1;
}
