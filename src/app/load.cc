#include "app/load.h"

namespace sessiond {

Load::Load(std::int64_t most) : most_(most), most_with_checks_(most + (most + 3) / 4) {}

void Load::Leave::operator()(Load* load) const { load->count_.fetch_sub(1, std::memory_order_relaxed); }

Load::Place Load::enter(Work work) {
  Place place(this);
  const std::int64_t most = work == Work::kCheck ? most_with_checks_ : most_;
  if (count_.fetch_add(1, std::memory_order_relaxed) >= most) place.reset();
  return place;
}

}  // namespace sessiond
