#pragma once

#include <ev++.h>

#include <optional>
#include <string>

#include "redis/address.h"
#include "redis/pipeline.h"

namespace sessiond {

/// One loop's connections to one server: one for all commands or, where changes are confirmed, a second one for
/// these, so that no read waits with them. Belongs to the loop's thread.
class Server {
 public:
  /// The counters, and `cluster`, if there is one, outlive it.
  Server(ev::loop_ref loop, const RedisAddress& address, metrics::RedisCounters& counters,
         ClusterEvents* cluster = nullptr)
      : reads_(loop, address, counters, cluster) {
    if (address.confirmation.wanted()) changes_.emplace(loop, address, counters, cluster, Pipeline::Ends::kConfirmed);
  }

  /// The connection for changes, or for all else.
  [[nodiscard]] Pipeline& pipeline(bool of_changes) { return of_changes && changes_ ? *changes_ : reads_; }

  [[nodiscard]] const RedisAddress& address() const { return reads_.address(); }
  /// See Pipeline. Each tells of both connections.
  [[nodiscard]] bool open() const { return reads_.open() && (!changes_ || changes_->open()); }
  [[nodiscard]] bool proven() const { return reads_.proven() && (!changes_ || changes_->proven()); }
  [[nodiscard]] bool idle() const { return reads_.idle() && (!changes_ || changes_->idle()); }
  [[nodiscard]] const std::string& trouble() const {
    return reads_.open() && changes_ && !changes_->open() ? changes_->trouble() : reads_.trouble();
  }
  [[nodiscard]] bool in_cluster() const { return reads_.in_cluster(); }
  [[nodiscard]] Pipeline::Turn turn() { return reads_.turn(); }
  void close() {
    reads_.close();
    if (changes_) changes_->close();
  }

 private:
  Pipeline reads_;
  std::optional<Pipeline> changes_;
};

}  // namespace sessiond
