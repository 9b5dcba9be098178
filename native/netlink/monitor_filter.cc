// SPDX-License-Identifier: MIT
#include "netlink/monitor_filter.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>

#include "netlink/route.h"

namespace ka::netlink {

void ignore_foreign_routes(const sys::UniqueFd& monitor) {
  constexpr uint32_t type = offsetof(nlmsghdr, nlmsg_type);
  constexpr uint32_t flags = offsetof(nlmsghdr, nlmsg_flags);
  constexpr uint32_t protocol = NLMSG_HDRLEN + offsetof(rtmsg, rtm_protocol);
  constexpr uint32_t everything = 0xffffffff;
  // BPF loads as from the network; netlink headers are in the order of the machine.
  std::array<sock_filter, 10> program{{
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, type),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 3, 0),
      BPF_STMT(BPF_RET | BPF_K, everything),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, flags),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, htons(NLM_F_REPLACE), 2, 3),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, protocol),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kRouteProtocol, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, everything),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  ::setsockopt(monitor.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

}  // namespace ka::netlink
