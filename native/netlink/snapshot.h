// Links and addresses of this network namespace as they are now.
#pragma once

#include <vector>

#include "netlink/types.h"

namespace ka::netlink {

struct Snapshot {
  std::vector<Link> links;
  std::vector<Address> addresses;
};

/// Repeats a dump that the kernel marks as interrupted by a change. Throws sys::SystemError.
Snapshot take_snapshot();

}  // namespace ka::netlink
