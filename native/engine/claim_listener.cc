// SPDX-License-Identifier: MIT
#include "engine/claim_listener.h"

#include <net/ethernet.h>

#include <algorithm>

namespace ka::engine {
namespace {

/// The last 32 bits of an address, as the filter sees them.
uint32_t key_of(const codec::Addr& address) {
  const auto end = address.view().last(4);
  return uint32_t{end[0]} << 24 | uint32_t{end[1]} << 16 | uint32_t{end[2]} << 8 | end[3];
}

std::vector<sock_filter> filter_for(uint8_t family, std::span<const codec::Addr> addresses) {
  std::vector<sock_filter> program;
  if (family == codec::kIpv4) {
    program.push_back(filter_statement(BPF_LD | BPF_W | BPF_ABS, 14));  // sender address
  } else {
    program = {
        filter_statement(BPF_LD | BPF_B | BPF_ABS, 6),  // next header: ICMPv6
        filter_equal(58, 1, 0),
        filter_statement(BPF_RET | BPF_K, 0),
        filter_statement(BPF_LD | BPF_B | BPF_ABS, 40),  // type
        filter_equal(136, 2, 0),
        filter_equal(135, 3, 0),
        filter_statement(BPF_RET | BPF_K, 0),
        filter_statement(BPF_LD | BPF_W | BPF_ABS, 60),  // end of the target
        filter_statement(BPF_JMP | BPF_JA, 1),
        filter_statement(BPF_LD | BPF_W | BPF_ABS, 20),  // end of the source
    };
  }
  if (addresses.size() > FrameListener::kMostFiltered) {
    program.push_back(filter_statement(BPF_RET | BPF_K, FrameListener::kWhole));
    return program;
  }
  for (const codec::Addr& address : addresses) {
    program.push_back(filter_equal(key_of(address), 0, 1));
    program.push_back(filter_statement(BPF_RET | BPF_K, FrameListener::kWhole));
  }
  program.push_back(filter_statement(BPF_RET | BPF_K, 0));
  return program;
}

}  // namespace

void ClaimListener::watch(int32_t ifindex, uint8_t family, std::span<const codec::Addr> addresses) {
  if (addresses.empty()) {
    frames_.close(ifindex, family);
    addresses_.erase({ifindex, family});
    return;
  }
  frames_.listen(ifindex, family, family == codec::kIpv4 ? ETH_P_ARP : ETH_P_IPV6, filter_for(family, addresses));
  addresses_[{ifindex, family}].assign(addresses.begin(), addresses.end());
}

void ClaimListener::read(const Visit& visit) {
  frames_.read([&](const FrameListener::Frame& frame) {
    codec::Claim claim;
    const bool decoded = frame.family == codec::kIpv4 ? codec::decode_arp_claim(frame.packet, claim)
                                                      : codec::decode_nd_claim(frame.packet, frame.sender, claim);
    if (!decoded) return;
    const auto ours = addresses_.find({frame.ifindex, frame.family});
    if (ours != addresses_.end() && std::ranges::find(ours->second, claim.address) != ours->second.end()) visit(frame.ifindex, claim);
  });
}

}  // namespace ka::engine
