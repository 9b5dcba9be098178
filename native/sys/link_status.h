// SPDX-License-Identifier: MIT
// Whether a network interface has a link, asked of its driver instead of the kernel's own messages.
#pragma once

#include <optional>
#include <string>

namespace ka::sys {

enum class LinkMethod {
  /// Status register of the PHY (SIOCGMIIPHY, SIOCGMIIREG).
  mii,
  /// ETHTOOL_GLINK
  ethtool,
  /// IFF_RUNNING of SIOCGIFFLAGS
  ioctl,
};

/// Empty: the driver does not answer to this method, or there is no such interface. Throws SystemError when no socket can
/// be had.
std::optional<bool> link_status(const std::string& name, LinkMethod method);

}  // namespace ka::sys
