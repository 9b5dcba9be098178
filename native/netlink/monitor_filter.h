// SPDX-License-Identifier: MIT
// Keeps a router's whole table out of the change feed.
#pragma once

#include "sys/unique_fd.h"

namespace ka::netlink {

/// Attaches a classic BPF program that lets only these route messages through: routes of our protocol that are deleted,
/// and replacements. Without it the caller only sees more; it has to look at the messages itself in any case.
void ignore_foreign_routes(const sys::UniqueFd& monitor);

}  // namespace ka::netlink
