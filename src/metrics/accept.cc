#include <algorithm>

#include "base/text.h"
#include "metrics/page.h"

// Reads the parts of an Accept header that matter here.

namespace sessiond::metrics {
namespace {

// Takes the part before the next separator off the text, without the blanks around it.
std::string_view take(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return trim(part, " \t");
}

// The weight of a range (`q`), in thousandths. 0 for a malformed one.
int weight_of(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  int weight = 0;
  for (const std::size_t i : {0U, 2U, 3U, 4U}) {
    const char digit = i < text.size() ? text[i] : '0';
    if (digit < '0' || digit > '9') return 0;
    weight = weight * 10 + (digit - '0');
  }
  return text.size() > 1 && text[1] != '.' ? 0 : std::min(weight, 1000);
}

// Sees one range of the header, such as `text/plain;version=0.0.4;q=0.5`.
void see(std::string_view range, int& text, int& open_metrics) {
  const std::string_view type = take(range, ';');
  int weight = 1000;
  bool is_ours = true;
  while (!range.empty()) {
    std::string_view value = take(range, ';');
    const std::string_view name = take(value, '=');
    if (equal_ignoring_case(name, "q")) weight = weight_of(value);
    else if (equal_ignoring_case(name, "version")) is_ours = value == "1.0.0";
  }
  if (equal_ignoring_case(type, "application/openmetrics-text")) {
    if (is_ours) open_metrics = std::max(open_metrics, weight);
  } else if (equal_ignoring_case(type, "text/plain")) {
    text = std::max(text, weight);
  }
}

}  // namespace

Format choose_format(std::string_view accept) {
  int text = 0;
  int open_metrics = 0;
  while (!accept.empty()) see(take(accept, ','), text, open_metrics);
  return open_metrics > 0 && open_metrics >= text ? Format::kOpenMetrics : Format::kText;
}

}  // namespace sessiond::metrics
