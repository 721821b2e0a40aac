#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "metrics/histogram.h"

namespace sessiond::metrics {

/// The text format 0.0.4 of Prometheus, and OpenMetrics 1.0.
enum class Format { kText, kOpenMetrics };

/// The Content-Type of each.
[[nodiscard]] std::string_view media_type(Format format);

/// The format that the value of an Accept header (RFC 9110, section 12.5.1) asks for. OpenMetrics only where the header
/// names it and does not prefer text.
[[nodiscard]] Format choose_format(std::string_view accept);

enum class Type { kCounter, kGauge, kHistogram, kInfo };

/// What stands above the series of a metric.
struct Head {
  std::string_view name;  // without _total and _info
  Type type;
  std::string_view unit;                   // that the name ends with; empty for a plain number
  std::array<std::string_view, 3> labels;  // their names; empty from the first that it has not
  std::string_view help;                   // a sentence, without its full stop
};

/// The name of this metric's series; for a histogram, without _bucket, _count and _sum.
[[nodiscard]] std::string name_of_series(const Head& head);

/// The times of several loops together.
struct Times {
  std::array<std::uint64_t, kBounds.size() + 1> buckets{};  // in each alone
  double sum = 0;                                           // seconds

  void add(const Histogram& times);
  [[nodiscard]] std::uint64_t count() const;
};

/// Writes a page of metrics: for each metric its head, then its series.
class Page {
 public:
  using Values = std::initializer_list<std::string_view>;  // of the labels, as the head has them

  explicit Page(Format format) : format_(format) {}

  /// `head` outlives the series.
  void begin(const Head& head);
  void add(Values labels, std::uint64_t number);
  void add(Values labels, double number);
  void add(Values labels, const Times& times);

  /// The page. Nothing can be added afterwards.
  [[nodiscard]] std::string finish() &&;

 private:
  void append_series(std::string_view ending, Values labels, std::string_view bound = {});

  Format format_;
  const Head* head_ = nullptr;
  std::string text_;
};

}  // namespace sessiond::metrics
