#include <vector>

#include "app/handlers.h"
#include "app/routes.h"
#include "metrics/table.h"

namespace sessiond {
namespace {

using metrics::Source;

std::string_view method_of(const Route& route) { return metrics::kMethods[static_cast<std::size_t>(route.method)]; }

Source::Budget budget_of(const RedeemBudget& budget) {
  return {static_cast<std::uint64_t>(budget.left()), static_cast<std::uint64_t>(budget.size())};
}

}  // namespace

void count_check(const Call& call, metrics::Asker by, metrics::Outcome outcome) {
  call.services.counters.checks[by][outcome].add();
}

void count_wrong_code(const Call& call, metrics::Code code) { call.services.counters.wrong_codes[code].add(); }

std::optional<metrics::Outcome> outcome_of_refusal(int status, Doubt doubt) {
  using metrics::Outcome;
  switch (doubt) {
    case Doubt::kNone: break;
    case Doubt::kNoToken: return Outcome::kNone;
    case Doubt::kMalformed: return Outcome::kMalformed;
    case Doubt::kGone: return Outcome::kGone;
    case Doubt::kWrongSecret: return Outcome::kWrongSecret;
    case Doubt::kStale: return Outcome::kStale;
  }
  if (status == 403) return Outcome::kForbidden;
  if (status >= 500) return Outcome::kFailed;
  // A request that is refused for another reason may have been refused before its token was looked at.
  if (status != 404 && status != 409) return std::nullopt;
  return Outcome::kAccepted;
}

Task<http::Response> show_metrics(Call& call) {
  const Services& services = call.services;
  std::vector<Source::RouteName> names;
  for (const Route& route : routes()) names.push_back({route.path, method_of(route)});
  Source source;
  source.loops = services.board.loops();
  source.routes = names;
  source.started = services.board.started();
  source.under_way = static_cast<std::uint64_t>(services.limits.load.under_way());
  source.most_under_way = static_cast<std::uint64_t>(services.limits.load.most());
  source.budgets = {budget_of(services.limits.redeem), budget_of(services.limits.device)};
  source.process = metrics::read_process();

  const metrics::Format format = metrics::choose_format(call.request.accept.value.value_or(""));
  http::Response response = http::ok(metrics::render(source, format));
  response.headers.emplace_back("Content-Type", metrics::media_type(format));
  co_return response;
}

}  // namespace sessiond
