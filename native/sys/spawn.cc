// SPDX-License-Identifier: MIT
#include "sys/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "sys/rights.h"
#include "sys/system_error.h"
#include "sys/unique_fd.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#ifndef SYS_close_range
#define SYS_close_range 436  // headers of glibc before 2.32
#endif

namespace ka::sys {

namespace {

constexpr size_t kStackBytes = 256 * 1024;
/// For kernels without close_range(2).
constexpr int kMostDescriptors = 65536;

struct Ordinary {
  bool known = false;
  int nice = 0;
  cpu_set_t cpus{};
  bool has_cpus = false;
  rlimit realtime{};
};

/// Plain data: read by a child that shares our memory.
Ordinary ordinary;

/// What the child needs, made ready before it exists: it must not allocate, nor call what changes all threads.
struct Start {
  const char* path;
  char* const* arguments;
  char* const* environment;
  const Program* program;
  rlimit core;
  bool set_core;
  /// What the program has as 0, 1, 2 …: descriptors behind all of these numbers.
  const int* descriptors;
  int descriptor_count;
  pid_t parent;
  const char* failed = nullptr;
  int error = 0;
};

bool fail(Start& start, const char* call) {
  start.error = errno;
  start.failed = call;
  return false;
}

/// The C library's setuid() and kin would tell all threads of the process whose memory this is: the system calls do not.
bool change_identity(Start& start) {
  const auto& uid = start.program->uid;
  const auto& gid = start.program->gid;
  if (gid) {
    const gid_t group = *gid;
    // Whoever may not change the list keeps it, as long as that is no step down.
    if (::syscall(SYS_setgroups, 1, &group) != 0 && (errno != EPERM || group != ::getegid())) return fail(start, "setgroups");
    if (::syscall(SYS_setresgid, group, group, group) != 0) return fail(start, "setresgid");
  }
  if (uid && ::syscall(SYS_setresuid, *uid, *uid, *uid) != 0) return fail(start, "setresuid");
  return true;
}

void restore_scheduling() {
  if (!ordinary.known) return;
  // As far as the system lets us: a script that runs at another priority is better than none.
  ::setpriority(PRIO_PROCESS, 0, ordinary.nice);
  if (ordinary.has_cpus) ::sched_setaffinity(0, sizeof ordinary.cpus, &ordinary.cpus);
  ::setrlimit(RLIMIT_RTTIME, &ordinary.realtime);
}

void default_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal <= SIGRTMAX; ++signal) ::sigaction(signal, &standard, nullptr);
}

bool place_descriptors(Start& start) {
  for (int fd = 0; fd < start.descriptor_count; ++fd) {
    if (::dup2(start.descriptors[fd], fd) < 0) return fail(start, "dup2");
  }
  if (::syscall(SYS_close_range, static_cast<unsigned>(start.descriptor_count), ~0U, 0U) == 0) return true;
  for (int fd = start.descriptor_count; fd < kMostDescriptors; ++fd) ::close(fd);
  return true;
}

int run_child(void* argument) {
  auto& start = *static_cast<Start*>(argument);
  const bool is_script = !start.program->descriptors;
  if (is_script) ::setpgid(0, 0);
  default_signals();
  if (is_script) restore_scheduling();
  if (start.set_core) ::setrlimit(RLIMIT_CORE, &start.core);
  if (!place_descriptors(start) || !change_identity(start)) return 1;
  if (is_script) {
    become_root_as_usual();
    // Last of all: a change of identity clears it. Whoever died before it stood has left us to somebody else.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (::getppid() != start.parent) ::_exit(1);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execvpe(start.path, start.arguments, start.environment);
  fail(start, "execve");
  return 1;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

/// A copy on a number that the child does not overwrite.
UniqueFd above(int fd, int lowest) { return UniqueFd(checked(::fcntl(fd, F_DUPFD_CLOEXEC, lowest), "fcntl")); }

class Stack {
 public:
  Stack() : base_(::mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
    if (base_ == MAP_FAILED) throw SystemError(errno, "mmap");
#ifdef __SANITIZE_ADDRESS__
    // The child before us left its frames by exec, and what AddressSanitizer notes of them is not unmapped with them.
    __asan_unpoison_memory_region(base_, kStackBytes);
#endif
  }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack() { ::munmap(base_, kStackBytes); }
  void* top() const { return static_cast<char*>(base_) + kStackBytes; }

 private:
  void* base_;
};

}  // namespace

void remember_ordinary_scheduling() {
  // A priority of -1 is no error, errno tells.
  errno = 0;
  ordinary.nice = ::getpriority(PRIO_PROCESS, 0);
  ordinary.known = errno == 0 && ::getrlimit(RLIMIT_RTTIME, &ordinary.realtime) == 0;
  // Fails on machines with more than 1024 processors.
  ordinary.has_cpus = ::sched_getaffinity(0, sizeof ordinary.cpus, &ordinary.cpus) == 0;
}

pid_t start_program(const Program& program) {
  const auto arguments = pointers(program.arguments);
  const auto environment = pointers(program.environment);
  const std::vector<int> wanted = program.descriptors.value_or(std::vector<int>{-1, -1, -1});
  const UniqueFd null(checked(::open("/dev/null", O_RDWR | O_CLOEXEC), "open", "/dev/null"));
  std::vector<UniqueFd> copies;
  std::vector<int> sources;
  for (const int fd : wanted) {
    copies.push_back(above(fd < 0 ? null.get() : fd, static_cast<int>(wanted.size())));
    sources.push_back(copies.back().get());
  }
  const Stack stack;
  Start start{};
  start.path = program.path.c_str();
  start.arguments = arguments.data();
  start.environment = environment.data();
  start.program = &program;
  start.descriptors = sources.data();
  start.descriptor_count = static_cast<int>(sources.size());
  start.parent = ::getpid();
  if (program.soft_core_limit && ::getrlimit(RLIMIT_CORE, &start.core) == 0) {
    start.set_core = true;
    start.core.rlim_cur = *program.soft_core_limit == UINT64_MAX ? RLIM_INFINITY : *program.soft_core_limit;
  }
  // No handler of ours may run in the child: it would do so in our memory.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::clone(run_child, stack.top(), CLONE_VM | CLONE_VFORK | SIGCHLD, &start);
  const int clone_error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) throw SystemError(clone_error, "clone");
  if (start.error == 0) return pid;
  ::waitpid(pid, nullptr, 0);
  throw SystemError(start.error, start.failed, program.path);
}

std::optional<Ending> take_ending(pid_t pid) {
  int status = 0;
  pid_t result = 0;
  do result = ::waitpid(pid, &status, WNOHANG);
  while (result < 0 && errno == EINTR);
  if (checked(result, "waitpid") == 0) return std::nullopt;
  if (WIFSIGNALED(status)) return Ending{true, WTERMSIG(status)};
  return Ending{false, WEXITSTATUS(status)};
}

}  // namespace ka::sys
