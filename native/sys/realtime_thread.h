// SPDX-License-Identifier: MIT
// A thread for time-critical work: own mapped stack (so that it can be touched and locked in advance), all
// signals blocked, 1 ns timer slack, SCHED_FIFO where the system allows it, else the best nice value it allows.
// What was refused is kept as text, never thrown.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <string>

namespace ka::sys {

struct ThreadOptions {
  /// comm of the thread, at most 15 characters.
  const char* name = "";
  /// SCHED_FIFO priority 1..99; 0 leaves the scheduling class alone.
  int realtime_priority = 0;
  bool lock_memory = false;
};

class RealtimeThread {
 public:
  using Body = void (*)(void*);

  RealtimeThread() = default;
  RealtimeThread(const RealtimeThread&) = delete;
  RealtimeThread& operator=(const RealtimeThread&) = delete;
  /// Joins. The body must have been told to end.
  ~RealtimeThread() { join(); }

  /// Throws SystemError when the thread cannot be created at all.
  void start(const ThreadOptions& options, Body body, void* argument);
  void join();

  /// '' when SCHED_FIFO is set (or was not asked for), else the reason. Set before start() returns.
  const std::string& realtime_error() const { return realtime_error_; }
  /// '' when the stack is locked (or was not asked for), else the reason.
  const std::string& lock_error() const { return lock_error_; }

 private:
  static void* enter(void* self);

  ThreadOptions options_;
  Body body_ = nullptr;
  void* argument_ = nullptr;
  void* stack_ = nullptr;
  pthread_t thread_{};
  bool running_ = false;
  std::string realtime_error_;
  std::string lock_error_;
};

/// mlock of one range, touched first. '' or the reason. Never mlockall: it crashes V8 (locked pages,
/// madvise).
std::string lock_range(void* start, size_t bytes);
/// mlock of the code and data of the loaded object that contains this address. '' or the reason.
std::string lock_object_of(const void* address);
/// Of the program and its libraries, code and static data: pages that were used once stay in memory. What V8 allocates is not
/// among it (see above). Throws SystemError.
void lock_program();

}  // namespace ka::sys
