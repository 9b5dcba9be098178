// SPDX-License-Identifier: MIT
// Links, addresses, and routes and rules of keepalived's protocol in this network namespace as they are now.
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

struct PolicySnapshot {
  std::vector<Route> routes;
  std::vector<Rule> rules;
};

/// Routes and rules that carry our protocol number. As take_snapshot().
PolicySnapshot take_policy_snapshot();

}  // namespace ka::netlink
