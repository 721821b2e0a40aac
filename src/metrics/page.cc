#include "metrics/page.h"

#include <charconv>
#include <numeric>
#include <utility>

namespace sessiond::metrics {
namespace {

constexpr std::size_t kUsualPage = 64UL * 1024;

std::string_view name_of(Type type, Format format) {
  switch (type) {
    case Type::kCounter: return "counter";
    case Type::kGauge: return "gauge";
    case Type::kHistogram: return "histogram";
    case Type::kInfo: return format == Format::kOpenMetrics ? "info" : "gauge";
  }
  return "untyped";
}

std::string_view ending_of(Type type) {
  if (type == Type::kCounter) return "_total";
  return type == Type::kInfo ? "_info" : "";
}

// The shortest text that is this number and no other.
std::string text_of(double number) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

// Writes bounds as OpenMetrics does, in both formats, so that the series are the same in both.
std::string text_of_bound(double bound) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bound, std::chars_format::fixed).ptr;
  std::string text(digits.data(), end);
  if (text.find('.') == std::string::npos) text += ".0";
  return text;
}

void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') out += "\\n";
    else out += c;
  }
}

}  // namespace

std::string_view media_type(Format format) {
  return format == Format::kOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                        : "text/plain; version=0.0.4; charset=utf-8";
}

std::string name_of_series(const Head& head) { return std::string(head.name).append(ending_of(head.type)); }

void Times::add(const Histogram& times) {
  for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += times.bucket(i);
  sum += times.sum();
}

std::uint64_t Times::count() const { return std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0}); }

// In OpenMetrics the name of a family lacks the ending of its series.
void Page::begin(const Head& head) {
  if (text_.empty()) text_.reserve(kUsualPage);
  head_ = &head;
  const std::string name = format_ == Format::kOpenMetrics ? std::string(head.name) : name_of_series(head);
  text_.append("# HELP ").append(name).append(" ").append(head.help).append(".\n");
  text_.append("# TYPE ").append(name).append(" ").append(name_of(head.type, format_)).append("\n");
  if (format_ == Format::kOpenMetrics && !head.unit.empty()) {
    text_.append("# UNIT ").append(name).append(" ").append(head.unit).append("\n");
  }
}

void Page::append_series(std::string_view ending, Values labels, std::string_view bound) {
  text_.append(head_->name).append(ending);
  const char* before = "{";
  const std::string_view* name = head_->labels.data();
  for (const std::string_view value : labels) {
    text_.append(std::exchange(before, ",")).append(*name++).append("=\"");
    append_escaped(text_, value);
    text_ += '"';
  }
  if (!bound.empty()) text_.append(std::exchange(before, ",")).append("le=\"").append(bound).append("\"");
  text_ += *before == ',' ? "} " : " ";
}

void Page::add(Values labels, std::uint64_t number) {
  append_series(ending_of(head_->type), labels);
  text_.append(std::to_string(number)).append("\n");
}

void Page::add(Values labels, double number) {
  append_series(ending_of(head_->type), labels);
  text_.append(text_of(number)).append("\n");
}

void Page::add(Values labels, const Times& times) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < times.buckets.size(); ++i) {
    count += times.buckets[i];
    append_series("_bucket", labels, i < kBounds.size() ? text_of_bound(kBounds[i]) : "+Inf");
    text_.append(std::to_string(count)).append("\n");
  }
  append_series("_sum", labels);
  text_.append(text_of(times.sum)).append("\n");
  append_series("_count", labels);
  text_.append(std::to_string(count)).append("\n");
}

std::string Page::finish() && {
  if (format_ == Format::kOpenMetrics) text_ += "# EOF\n";
  return std::move(text_);
}

}  // namespace sessiond::metrics
