#include "operator/doctor.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <iostream>
#include <iterator>

#include "json/write.h"
#include "options/complaint.h"
#include "store/audit.h"
#include "store/inspect.h"

namespace sessiond {
namespace {

struct Report {
  std::vector<ServerFacts> servers;  // at least one
  std::vector<Finding> findings;
  std::optional<Audit> keys;
};

bool all_is_well(const Report& report) {
  for (const Finding& finding : report.findings) {
    if (finding.serious) return false;
  }
  return !report.keys || report.keys->faults == 0;
}

void print_for_people(const Report& report) {
  for (const ServerFacts& facts : report.servers) {
    if (report.servers.size() > 1) std::cout << facts.name << ": ";
    std::cout << fmt::format("{} {} ({}, {}), clock {} ({:+} ms from this host's)\n", facts.product, facts.version,
                             facts.mode, facts.role, rfc3339(facts.clock).string(), facts.clock_ahead_of_host);
  }
  if (report.keys) {
    std::cout << fmt::format("{} sessions of {} users, {} faults\n", report.keys->sessions, report.keys->users,
                             report.keys->faults);
    if (report.keys->disabled > 0) std::cout << fmt::format("{} users are disabled\n", report.keys->disabled);
    for (const std::string& text : report.keys->descriptions) std::cout << "fault: " << text << '\n';
  }
  for (const Finding& finding : report.findings) {
    std::cout << (finding.serious ? "problem: " : "advice: ") << finding.text << '\n';
  }
  std::cout << (all_is_well(report) ? "all is well\n" : "not well\n");
}

// Its members, each behind a comma.
void append_facts(std::string& out, const ServerFacts& facts) {
  for (const auto& [name, text] : {std::pair<std::string_view, std::string>{"product", facts.product},
                                   {"version", facts.version},
                                   {"mode", facts.mode},
                                   {"role", facts.role},
                                   {"clock", rfc3339(facts.clock).string()}}) {
    out += fmt::format(",\"{}\":", name);
    json::append_string(out, text);
  }
  out += fmt::format(",\"clock_ahead_ms\":{}", facts.clock_ahead_of_host);
}

void print_for_programs(const Report& report) {
  std::string out = "{\"ok\":";
  out += all_is_well(report) ? "true" : "false";
  append_facts(out, report.servers.front());
  if (report.servers.size() > 1) {
    out += ",\"servers\":[";
    for (const ServerFacts& facts : report.servers) {
      out += out.back() == '}' ? ",{\"name\":" : "{\"name\":";
      json::append_string(out, facts.name);
      append_facts(out, facts);
      out += '}';
    }
    out += ']';
  }
  if (report.keys) {
    out += fmt::format(R"(,"sessions":{},"users":{},"faults":{})", report.keys->sessions, report.keys->users,
                       report.keys->faults);
    if (report.keys->disabled > 0) out += fmt::format(",\"disabled_users\":{}", report.keys->disabled);
  }
  out += ",\"findings\":[";
  for (const Finding& finding : report.findings) {
    if (out.back() == '}') out += ',';
    out += fmt::format(R"({{"serious":{},"text":)", finding.serious);
    json::append_string(out, finding.text);
    out += '}';
  }
  std::cout << out << "]}\n";
}

// What else is in this Redis that the options do not expect.
std::vector<Finding> judge(const Audit& found, const Options& options) {
  std::vector<Finding> findings;
  if (found.dev_logins > 0 && !options.policy.dev_login) {
    findings.push_back(
        {true, fmt::format("{} sessions are of dev logins (user ids dev:…), which anyone can make: end them, "
                           "and give the worker that has dev-login on another key-prefix",
                           found.dev_logins)});
  }
  if (found.disabled > 0 && !options.bar_users) {
    findings.push_back(
        {true, "users are disabled, but bar-users is off here: a worker with this setting lets them in"});
  }
  if (found.others > 0) {
    std::string text =
        fmt::format("{} more sessions have another key-prefix than {}:", found.others, options.key_prefix);
    for (const std::string& prefix : found.prefixes) text += " " + prefix;
    findings.push_back({false, std::move(text)});
  }
  return findings;
}

}  // namespace

Task<int> examine(Redis& redis, const Options& options, const OperatorRequest& request) {
  const Keyspace keyspace(options.key_prefix);
  Report report;
  for (const Slot primary : redis.primaries()) {
    Result<ServerFacts> facts = co_await inspect(redis, primary, keyspace, options.policy.events_kept > 0);
    if (!facts) co_return complain(facts.error(), request.json);
    report.servers.push_back(std::move(*facts));
  }
  if (report.servers.empty()) co_return complain({Failure::kUnavailable, "no Redis: " + redis.trouble()}, request.json);
  for (const ServerFacts& facts : report.servers) {
    for (Finding& finding : judge(facts, redis.confirmation())) {
      if (report.servers.size() > 1) finding.text = facts.name + ": " + finding.text;
      report.findings.push_back(std::move(finding));
    }
  }
  if (request.keys) {
    Result<Audit> audited = co_await audit(redis, keyspace);
    if (!audited) co_return complain(audited.error(), request.json);
    report.keys = std::move(*audited);
    std::ranges::move(judge(*report.keys, options), std::back_inserter(report.findings));
  }
  if (request.json) print_for_programs(report);
  else print_for_people(report);
  co_return all_is_well(report) ? 0 : 1;
}

}  // namespace sessiond
