// SPDX-License-Identifier: MIT
#include "sys/scheduling.h"

#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "sys/system_error.h"

#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000
#endif

namespace ka::sys {

namespace {

/// Calls `act` with the id of each thread of this process. One that ends meanwhile is no error.
template <typename Act>
void for_each_thread(const char* call, Act act) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/task"), ::closedir);
  if (!folder) throw SystemError(errno, "opendir", "/proc/self/task");
  while (const dirent* entry = ::readdir(folder.get())) {
    const int thread = std::atoi(entry->d_name);
    if (thread > 0 && act(thread) != 0 && errno != ESRCH) throw SystemError(errno, call);
  }
}

auto resource(Limit limit) { return limit == Limit::kCore ? RLIMIT_CORE : RLIMIT_RTTIME; }

rlim_t to_kernel(uint64_t value) { return value == UINT64_MAX ? RLIM_INFINITY : static_cast<rlim_t>(value); }
uint64_t from_kernel(rlim_t value) { return value == RLIM_INFINITY ? UINT64_MAX : value; }

}  // namespace

void set_nice(int value) {
  for_each_thread("setpriority", [value](int thread) {
    return ::setpriority(PRIO_PROCESS, static_cast<id_t>(thread), value);
  });
}

void set_cpu_affinity(std::span<const int> cpus) {
  int most = 0;
  for (const int cpu : cpus) most = cpu > most ? cpu : most;
  const auto count = static_cast<size_t>(most) + 1;
  const size_t bytes = CPU_ALLOC_SIZE(count);
  const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(count), [](cpu_set_t* s) { CPU_FREE(s); });
  if (!set) throw SystemError(ENOMEM, "sched_setaffinity");
  CPU_ZERO_S(bytes, set.get());
  for (const int cpu : cpus) CPU_SET_S(static_cast<size_t>(cpu), bytes, set.get());
  for_each_thread("sched_setaffinity",
                  [&](int thread) { return ::sched_setaffinity(thread, bytes, set.get()); });
}

bool has_other_processor() {
  // More processors than fit a cpu_set_t are refused, and are more than one.
  cpu_set_t allowed;
  return ::sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) > 1;
}

void set_realtime_priority(int priority) {
  sched_param parameters{};
  parameters.sched_priority = priority;
  const int policy = priority > 0 ? SCHED_RR | SCHED_RESET_ON_FORK : SCHED_OTHER;
  checked(::sched_setscheduler(0, policy, &parameters), "sched_setscheduler");
}

void set_limit(Limit limit, uint64_t soft, uint64_t hard) {
  const rlimit wanted{.rlim_cur = to_kernel(soft), .rlim_max = to_kernel(hard)};
  checked(::setrlimit(resource(limit), &wanted), "setrlimit");
}

LimitValues get_limit(Limit limit) {
  rlimit now{};
  checked(::getrlimit(resource(limit), &now), "getrlimit");
  return {from_kernel(now.rlim_cur), from_kernel(now.rlim_max)};
}

bool reap_child(int pid) { return ::waitpid(pid, nullptr, WNOHANG) == pid; }

}  // namespace ka::sys
