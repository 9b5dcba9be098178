// SPDX-License-Identifier: MIT
#include "sys/link_status.h"

#include <linux/ethtool.h>
#include <linux/mii.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "sys/system_error.h"
#include "sys/unique_fd.h"

namespace ka::sys {

std::optional<bool> link_status(const std::string& name, LinkMethod method) {
  if (name.empty() || name.size() >= IFNAMSIZ) return std::nullopt;
  const UniqueFd socket(checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  ifreq request{};
  std::memcpy(request.ifr_name, name.data(), name.size());
  switch (method) {
    case LinkMethod::mii: {
      mii_ioctl_data data{};
      if (::ioctl(socket.get(), SIOCGMIIPHY, &request) < 0) return std::nullopt;
      std::memcpy(&data, &request.ifr_data, sizeof data);
      // The bit holds a loss of link until it is read: the second reading is the present.
      for (int i = 0; i < 2; ++i) {
        data.reg_num = MII_BMSR;
        std::memcpy(&request.ifr_data, &data, sizeof data);
        if (::ioctl(socket.get(), SIOCGMIIREG, &request) < 0) return std::nullopt;
        std::memcpy(&data, &request.ifr_data, sizeof data);
      }
      return (data.val_out & BMSR_LSTATUS) != 0;
    }
    case LinkMethod::ethtool: {
      ethtool_value value{};
      value.cmd = ETHTOOL_GLINK;
      request.ifr_data = reinterpret_cast<char*>(&value);
      if (::ioctl(socket.get(), SIOCETHTOOL, &request) < 0) return std::nullopt;
      return value.data != 0;
    }
    case LinkMethod::ioctl:
      if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) < 0) return std::nullopt;
      return (request.ifr_flags & IFF_RUNNING) != 0;
  }
  return std::nullopt;
}

}  // namespace ka::sys
