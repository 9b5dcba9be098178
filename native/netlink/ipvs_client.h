// SPDX-License-Identifier: MIT
// The conversation with the kernel's IPVS: one socket, calls from any thread, one at a time. Each may wait for the kernel.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "netlink/channel.h"
#include "netlink/ipvs.h"
#include "netlink/types.h"

namespace ka::netlink::ipvs {

struct ClientOptions {
  ReceiveBuffer receive_buffer;
  /// Absent: that of the calling thread; '': the machine's own, that of process 1.
  std::optional<std::string> network_namespace;
};

class Client {
 public:
  /// Throws sys::SystemError: ENOENT when the kernel has no IPVS.
  explicit Client(const ClientOptions& options);

  /// Number of the generic netlink family, for the encoders.
  uint16_t family() const { return family_; }

  /// As Channel::execute.
  void execute(Submission& submission) noexcept;
  /// The whole table. Throws sys::SystemError, as all below.
  std::vector<Entry> read();
  std::optional<Entry> read_service(const ServiceKey& key);
  Timeouts timeouts();
  std::vector<Daemon> daemons();

 private:
  void read_destinations(Entry& entry);

  std::mutex mutex_;
  Channel channel_;
  uint16_t family_ = 0;
};

}  // namespace ka::netlink::ipvs
