// SPDX-License-Identifier: MIT
// The kernel's process events (CONFIG_PROC_EVENTS) through the netlink connector: whole processes only, no threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "sys/unique_fd.h"

namespace ka::netlink {

struct ProcessEvent {
  enum class Kind : uint8_t {
    /// The kernel's answer to our wish to listen; `error` is an errno, 0 for yes.
    acknowledged,
    /// `pid` is the new process, `parent` the one that forked it.
    forked,
    /// Runs another program, or has another name.
    changed,
    exited,
    /// Messages were dropped.
    lost,
  };
  Kind kind = Kind::lost;
  int32_t pid = 0;
  int32_t parent = 0;
  int32_t error = 0;
};

/// Only what concerns somebody is told: forks and exits of processes that are followed, and programs with a name in
/// question. A machine that starts thousands of processes a second must not wake JavaScript for each.
class ProcessEvents {
 public:
  using Visit = std::function<void(const ProcessEvent&)>;

  /// Opens the socket and asks the kernel to send. The connector only answers in the initial network namespace: where this
  /// thread is in another one and may, the socket is opened in that of process 1. receive_buffer: bytes, 0 leaves the
  /// default; force: exceed the system's maximum. Throws SystemError (ECONNREFUSED: no connector, EPERM).
  ProcessEvents(int receive_buffer, bool force);

  int descriptor() const { return socket_.get(); }
  void follow(int32_t pid) { followed_.insert(pid); }
  void unfollow(int32_t pid) { followed_.erase(pid); }
  /// Names as in /proc/PID/comm; `all`: every program is told whatever its name.
  void set_names(std::unordered_set<std::string> names, bool all);
  /// Doubled at a loss by the caller's decision. Never throws.
  void set_receive_buffer(int bytes, bool force) noexcept;
  /// At most some thousand messages of what is waiting. Throws SystemError.
  void read(const Visit& visit);

 private:
  bool concerns_somebody(const ProcessEvent& event) const;
  bool is_wanted(int32_t pid) const;

  sys::UniqueFd socket_;
  std::unordered_set<int32_t> followed_;
  std::unordered_set<std::string> names_;
  bool all_ = false;
};

/// One message of the connector: what it tells of a whole process. nullopt: of a thread, of something else, or too short.
std::optional<ProcessEvent> parse_process_event(std::span<const uint8_t> payload);

/// /proc/PID/comm; empty when there is no such process.
std::string process_name(int32_t pid);

}  // namespace ka::netlink
