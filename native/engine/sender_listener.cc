// SPDX-License-Identifier: MIT
#include "engine/sender_listener.h"

#include <net/ethernet.h>

#include <vector>

#include "codec/vrrp.h"

namespace ka::engine {
namespace {

/// Our AH header (RFC 4302 with a digest of 96 bits); another length is let through for nobody.
constexpr uint32_t kAhSize = 24;
/// Of the VRID in a VRRP message.
constexpr uint32_t kVrid = 1;
constexpr uint32_t kIpv6Size = 40;

std::vector<sock_filter> filter_for(uint8_t family, std::span<const uint8_t> vrids) {
  std::vector<sock_filter> program;
  if (family == codec::kIpv4) {
    program = {
        filter_statement(BPF_LDX | BPF_B | BPF_MSH, 0),  // length of the IP header
        filter_statement(BPF_LD | BPF_B | BPF_ABS, 9),   // protocol
        filter_equal(codec::kProtocolVrrp, 2, 0),
        filter_equal(codec::kProtocolAh, 3, 0),
        filter_statement(BPF_RET | BPF_K, 0),
        filter_statement(BPF_LD | BPF_B | BPF_IND, kVrid),
        filter_statement(BPF_JMP | BPF_JA, 1),
        filter_statement(BPF_LD | BPF_B | BPF_IND, kAhSize + kVrid),
    };
  } else {
    program = {
        filter_statement(BPF_LD | BPF_B | BPF_ABS, 6),  // next header
        filter_equal(codec::kProtocolVrrp, 2, 0),
        filter_equal(codec::kProtocolAh, 3, 0),
        filter_statement(BPF_RET | BPF_K, 0),
        filter_statement(BPF_LD | BPF_B | BPF_ABS, kIpv6Size + kVrid),
        filter_statement(BPF_JMP | BPF_JA, 1),
        filter_statement(BPF_LD | BPF_B | BPF_ABS, kIpv6Size + kAhSize + kVrid),
    };
  }
  if (vrids.size() * 2 > FrameListener::kMostFiltered) {
    program.push_back(filter_statement(BPF_RET | BPF_K, FrameListener::kWhole));
    return program;
  }
  for (const uint8_t vrid : vrids) {
    program.push_back(filter_equal(vrid, 0, 1));
    program.push_back(filter_statement(BPF_RET | BPF_K, FrameListener::kWhole));
  }
  program.push_back(filter_statement(BPF_RET | BPF_K, 0));
  return program;
}

}  // namespace

void SenderListener::watch(int32_t ifindex, uint8_t family, std::span<const uint8_t> vrids) {
  if (vrids.empty()) {
    frames_.close(ifindex, family);
    return;
  }
  frames_.listen(ifindex, family, family == codec::kIpv4 ? ETH_P_IP : ETH_P_IPV6, filter_for(family, vrids));
}

void SenderListener::read(const Visit& visit) {
  frames_.read([&](const FrameListener::Frame& frame) {
    codec::Sender sender;
    if (codec::decode_sender(frame.packet, frame.family, sender)) visit(frame, sender);
  });
}

}  // namespace ka::engine
