// SPDX-License-Identifier: MIT
// What a process may do, and how it gives that away: capabilities(7), prctl(2), seccomp(2).
#pragma once

#include <cstdint>

namespace ka::sys {

/// Bit n stands for the capability with number n.
using Capabilities = uint64_t;

/// While it lives, a program that the calling thread starts holds `kept` at most, as far as the thread holds them itself, from its
/// first instruction on and whoever it runs as. The thread loses nothing.
class LesserRights {
 public:
  explicit LesserRights(Capabilities kept);
  LesserRights(const LesserRights&) = delete;
  LesserRights& operator=(const LesserRights&) = delete;
  ~LesserRights();

  /// false: the system refuses (root without CAP_SETPCAP, locked secure bits), and what is started has what it always had.
  bool in_force() const { return in_force_; }

 private:
  void put_back() const;

  bool in_force_ = false;
  int securebits_ = 0;
  Capabilities inheritable_ = 0;
  Capabilities ambient_ = 0;
};

/// While it lives, a program that the calling thread starts as root is root as usual, although the thread's process was started with
/// lesser rights. Does nothing elsewhere, and where the process was not left CAP_SETPCAP.
class RootAsUsual {
 public:
  RootAsUsual();
  RootAsUsual(const RootAsUsual&) = delete;
  RootAsUsual& operator=(const RootAsUsual&) = delete;
  ~RootAsUsual();

 private:
  int securebits_ = -1;
  Capabilities ambient_ = 0;
};

/// The same without an end, for what is about to become another program. Async-signal-safe: system calls alone.
void become_root_as_usual();

/// From here on no thread of this process starts a program, gains rights by one, or calls what only a system's administration calls
/// (mounts, modules, namespaces, tracing): EPERM. false: on this processor or kernel only gaining rights is prevented. Throws
/// SystemError.
bool confine();

}  // namespace ka::sys
