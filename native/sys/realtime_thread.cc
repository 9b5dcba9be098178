// SPDX-License-Identifier: MIT
#include "sys/realtime_thread.h"

#include <link.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "sys/system_error.h"

#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000
#endif

namespace ka::sys {
namespace {

#ifdef __SANITIZE_THREAD__
// ThreadSanitizer keeps its own thread data, most of a megabyte, at the top of the stack.
constexpr size_t kStackBytes = 2 * 1024 * 1024;
#else
constexpr size_t kStackBytes = 256 * 1024;
#endif
constexpr size_t kGuardBytes = 4096;
constexpr int kBestNice = -20;

std::string reason(const char* call, int error) { return std::string(call) + ": " + std::strerror(error); }

}  // namespace

std::string lock_range(void* start, size_t bytes) {
  if (::mlock(start, bytes) != 0) return reason("mlock", errno);
  return {};
}

std::string lock_object_of(const void* address) {
  struct Search {
    uintptr_t address;
    std::string error;
  } search{reinterpret_cast<uintptr_t>(address), {}};
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) -> int {
        auto& wanted = *static_cast<Search*>(data);
        bool inside = false;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& segment = info->dlpi_phdr[i];
          const uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
          if (segment.p_type == PT_LOAD && wanted.address - begin < segment.p_memsz) inside = true;
        }
        if (!inside) return 0;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& segment = info->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD) continue;
          std::string error =
              lock_range(reinterpret_cast<void*>(info->dlpi_addr + segment.p_vaddr), segment.p_memsz);
          if (!error.empty()) wanted.error = std::move(error);
        }
        return 1;
      },
      &search);
  return search.error;
}

void lock_program() {
  int error = 0;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) -> int {
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& segment = info->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD) continue;
          // Only what is used: a program of 90 MB is not read in for the sake of a tenth of it.
          if (::mlock2(reinterpret_cast<void*>(info->dlpi_addr + segment.p_vaddr), segment.p_memsz, MLOCK_ONFAULT) != 0) {
            *static_cast<int*>(data) = errno;
          }
        }
        return 0;
      },
      &error);
  if (error != 0) throw SystemError(error, "mlock2");
}

void RealtimeThread::start(const ThreadOptions& options, Body body, void* argument) {
  options_ = options;
  body_ = body;
  argument_ = argument;
  // MAP_POPULATE: no page fault on the first deep call.
  stack_ = ::mmap(nullptr, kStackBytes + kGuardBytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_POPULATE, -1, 0);
  if (stack_ == MAP_FAILED) {
    stack_ = nullptr;
    throw SystemError(errno, "mmap");
  }
  ::mprotect(stack_, kGuardBytes, PROT_NONE);
  void* usable = static_cast<char*>(stack_) + kGuardBytes;
  if (options.lock_memory) lock_error_ = lock_range(usable, kStackBytes);

  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstack(&attributes, usable, kStackBytes);
  // Inherited by the new thread, which therefore never sees a signal: handlers belong to Node's main thread.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const int created = ::pthread_create(&thread_, &attributes, &RealtimeThread::enter, this);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_attr_destroy(&attributes);
  if (created != 0) throw SystemError(created, "pthread_create");
  running_ = true;

  ::pthread_setname_np(thread_, options.name);
  if (options.realtime_priority > 0) {
    sched_param parameters{};
    parameters.sched_priority = options.realtime_priority;
    // Scripts are forked from this process: they must not inherit real-time scheduling.
    const int failed = ::pthread_setschedparam(thread_, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters);
    if (failed != 0) realtime_error_ = reason("sched_setscheduler", failed);
  }
}

void* RealtimeThread::enter(void* self) {
  auto* thread = static_cast<RealtimeThread*>(self);
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  // Counts only where SCHED_FIFO is refused; RLIMIT_NICE may allow it.
  if (thread->options_.realtime_priority > 0) ::setpriority(PRIO_PROCESS, 0, kBestNice);
  thread->body_(thread->argument_);
  return nullptr;
}

void RealtimeThread::join() {
  if (running_) {
    ::pthread_join(thread_, nullptr);
    running_ = false;
  }
  if (stack_ != nullptr) {
    ::munmap(stack_, kStackBytes + kGuardBytes);
    stack_ = nullptr;
  }
}

}  // namespace ka::sys
