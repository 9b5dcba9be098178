// SPDX-License-Identifier: MIT
// Process events of the kernel's connector.
#include "netlink/process_events.h"

#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ka::fuzz::Exact exact({data, size});
  const auto event = ka::netlink::parse_process_event(exact.view());
  ka::fuzz::require(!event || event->kind != ka::netlink::ProcessEvent::Kind::lost, "losses are not told by a message");
  return 0;
}
