// SPDX-License-Identifier: MIT
// ICMP and ICMPv6 messages in a frame whose lengths and checksum are right: echo answers and Neighbor Advertisements.
#include <vector>

#include "codec/checksum.h"
#include "codec/describe.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ka;
  if (size < 1 || size > 1500) return 0;
  const bool ipv6 = (data[0] & 1) != 0;
  const bool right_sum = (data[0] & 2) != 0;
  const std::span message(data + 1, size - 1);
  const size_t header = ipv6 ? 40 : 20;
  std::vector<uint8_t> frame(14 + header, 0);
  frame.insert(frame.end(), message.begin(), message.end());
  uint8_t* ip = frame.data() + 14;
  frame[12] = ipv6 ? 0x86 : 0x08;
  frame[13] = ipv6 ? 0xdd : 0x00;
  ip[0] = ipv6 ? 0x60 : 0x45;
  const size_t length = ipv6 ? message.size() : message.size() + header;
  ip[ipv6 ? 4 : 2] = static_cast<uint8_t>(length >> 8);
  ip[ipv6 ? 5 : 3] = static_cast<uint8_t>(length);
  ip[ipv6 ? 6 : 9] = ipv6 ? 58 : 1;
  if (right_sum && message.size() >= 4) {
    uint8_t* icmp = ip + header;
    icmp[2] = icmp[3] = 0;
    codec::Checksum sum;
    const uint8_t none[16]{};
    const auto any = codec::make_address(codec::kIpv6, none);
    if (ipv6) sum.add_pseudo_header(any, any, 58, static_cast<uint32_t>(message.size()));
    const uint16_t result = sum.add({icmp, message.size()}).result();
    icmp[2] = static_cast<uint8_t>(result >> 8);
    icmp[3] = static_cast<uint8_t>(result);
  }
  const fuzz::Exact exact(frame);
  const auto summary = codec::describe_frame(exact.view());
  using codec::FrameKind;
  const bool known = summary.kind == FrameKind::echo_request || summary.kind == FrameKind::echo_reply || summary.kind == FrameKind::na;
  fuzz::require(!known || !right_sum || summary.checksum_ok, "a right checksum is called right");
  return 0;
}
