// SPDX-License-Identifier: MIT
#include "sys/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "sys/system_error.h"

namespace ka::sys {

void set_parent_death_signal(int signal) {
  checked(::prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(signal), 0, 0, 0), "prctl",
          "PR_SET_PDEATHSIG");
}

void set_child_subreaper(bool on) {
  checked(::prctl(PR_SET_CHILD_SUBREAPER, on ? 1UL : 0UL, 0, 0, 0), "prctl", "PR_SET_CHILD_SUBREAPER");
}

void set_process_name(const std::string& name) {
  checked(::prctl(PR_SET_NAME, name.c_str(), 0, 0, 0), "prctl", "PR_SET_NAME");
}

void outlive_unused_signals() {
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  nothing.sa_flags = SA_RESTART;
  for (const int signal : {SIGQUIT, SIGALRM, SIGVTALRM, SIGIO, SIGPWR, SIGSTKFLT, SIGXFSZ}) {
    checked(::sigaction(signal, &nothing, nullptr), "sigaction");
  }
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) {
    checked(::sigaction(signal, &nothing, nullptr), "sigaction");
  }
}

Peer peer_of(int fd) {
  ucred who{};
  socklen_t size = sizeof who;
  checked(::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size), "getsockopt", "SO_PEERCRED");
  Peer peer{who.pid, who.uid, who.gid, {}};
#ifdef SO_PEERGROUPS
  socklen_t bytes = 0;
  // Asked with no room it says how much it takes.
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, nullptr, &bytes) != 0 && bytes > 0) {
    peer.groups.resize(bytes / sizeof(gid_t));
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &bytes) != 0) bytes = 0;
    peer.groups.resize(bytes / sizeof(gid_t));
  }
#endif
  return peer;
}

namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (const auto& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

}  // namespace

void replace_program(const std::string& path, const std::vector<std::string>& arguments,
                     const std::vector<std::string>& environment, const std::vector<int>& keep) {
  const auto argv = pointers(arguments);
  const auto envp = pointers(environment);
  for (const int fd : keep) {
    const int flags = checked(::fcntl(fd, F_GETFD), "fcntl");
    checked(::fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC), "fcntl");
  }
  // Node has marked these too, for programs that it starts itself.
  for (int fd = 0; fd <= 2; ++fd) ::fcntl(fd, F_SETFD, 0);
  // The mask and ignored signals are all that survives of our arrangements.
  sigset_t before;
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, &before);
  ::execve(path.c_str(), argv.data(), envp.data());
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  for (const int fd : keep) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  throw SystemError(error, "execve", path);
}

}  // namespace ka::sys
