// SPDX-License-Identifier: MIT
// Starting a script: without fork, so that a large process stands still for the time of an exec and not of a copy of its
// page tables, and with everything a script must not have from the daemon taken away before it runs.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ka::sys {

struct Program {
  /// Without a slash it is looked for in PATH; a file that is no program is run by /bin/sh.
  std::string path;
  /// argv[0] and what follows.
  std::vector<std::string> arguments;
  /// `NAME=value`, all of it.
  std::vector<std::string> environment;
  /// Whom it runs as; its group list is then this one group. Neither: as this process.
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  /// Bytes, UINT64_MAX for no limit; what this process has when absent.
  std::optional<uint64_t> soft_core_limit;
  /// Present: a process of the daemon itself. It has these as 0, 1, 2 and so on (-1: /dev/null) and no other, and stays in our process
  /// group and at our scheduling; no signal comes to it when we end.
  std::optional<std::vector<int>> descriptors;
};

struct Ending {
  bool signalled = false;
  /// Exit status 0..255, or the number of the signal.
  int value = 0;
};

/// The pid of the program. Without `descriptors` it leads a process group of its own, has /dev/null as its three standard descriptors and no
/// other, default signal dispositions, ordinary scheduling, the nice value, processors and real-time limit this process
/// had when it called remember_ordinary_scheduling(), and gets SIGTERM when the calling thread ends. Throws SystemError
/// when it cannot be run. The caller collects its end by take_ending().
pid_t start_program(const Program& program);

/// Nothing while it runs. Throws SystemError ECHILD when it is no child of ours, or was collected.
std::optional<Ending> take_ending(pid_t pid);

/// Once, before anything about the scheduling of this process is changed.
void remember_ordinary_scheduling();

}  // namespace ka::sys
