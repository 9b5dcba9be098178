// SPDX-License-Identifier: MIT
// What a process says about itself to the kernel (prctl(2)). All throw SystemError.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace ka::sys {

/// The signal this process gets when the thread that started it ends; 0 for none. Cleared by the kernel on
/// fork and on an exec that changes credentials: the child asks for itself.
void set_parent_death_signal(int signal);

/// Orphaned descendants become children of this process instead of init's.
void set_child_subreaper(bool on);

/// comm of the calling thread, cut to 15 bytes; on the main thread it is that of the process, for ps and
/// killall.
void set_process_name(const std::string& name);

/// Signals that nobody listens to are ignored from here on, those of defects and SIGPROF apart: their default
/// would end the daemon, and monitoring sends real-time ones. A handler that does nothing, not SIG_IGN: programs
/// that we start get the default back.
void outlive_unused_signals();

/// Who opened the other end of a Unix socket, as the kernel noted it then.
struct Peer {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  /// Its further groups; empty where the kernel does not tell (before 4.13).
  std::vector<gid_t> groups;
};
Peer peer_of(int fd);

/// Puts another program in the place of this one: same pid, same children, no other thread. Descriptors 0 to 2 and those of `keep`
/// stay open; all others are taken to be closed on exec. Throws SystemError; does not return otherwise.
[[noreturn]] void replace_program(const std::string& path, const std::vector<std::string>& arguments,
                                  const std::vector<std::string>& environment, const std::vector<int>& keep);

}  // namespace ka::sys
