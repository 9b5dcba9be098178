// SPDX-License-Identifier: MIT
#include "sys/rights.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <vector>

#include "sys/system_error.h"

namespace ka::sys {

namespace {

/// More than any kernel has; it says where its own end.
constexpr int kMostCapabilities = 64;

struct Sets {
  Capabilities effective = 0;
  Capabilities permitted = 0;
  Capabilities inheritable = 0;
};

using Words = std::array<__user_cap_data_struct, 2>;

bool read_sets(Sets& sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  Words words{};
  if (::syscall(SYS_capget, &header, words.data()) != 0) return false;
  const auto join = [](uint32_t low, uint32_t high) { return Capabilities{high} << 32 | low; };
  sets = {join(words[0].effective, words[1].effective), join(words[0].permitted, words[1].permitted),
          join(words[0].inheritable, words[1].inheritable)};
  return true;
}

bool write_sets(const Sets& sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  Words words{};
  for (size_t i = 0; i < words.size(); ++i) {
    const auto half = [i](Capabilities set) { return static_cast<uint32_t>(set >> (32 * i)); };
    words[i] = {half(sets.effective), half(sets.permitted), half(sets.inheritable)};
  }
  return ::syscall(SYS_capset, &header, words.data()) == 0;
}

int ambient_call(int what, int capability) { return ::prctl(PR_CAP_AMBIENT, what, capability, 0, 0); }

Capabilities read_ambient() {
  Capabilities result = 0;
  for (int one = 0; one < kMostCapabilities; ++one) {
    const int set = ambient_call(PR_CAP_AMBIENT_IS_SET, one);
    if (set < 0) break;
    if (set > 0) result |= Capabilities{1} << one;
  }
  return result;
}

bool write_ambient(Capabilities wanted) {
  if (ambient_call(PR_CAP_AMBIENT_CLEAR_ALL, 0) != 0) return false;
  for (int one = 0; one < kMostCapabilities; ++one) {
    if ((wanted >> one & 1) != 0 && ambient_call(PR_CAP_AMBIENT_RAISE, one) != 0) return false;
  }
  return true;
}

/// Another set of inheritable capabilities; the others stay.
bool write_inheritable(Capabilities wanted) {
  Sets sets;
  if (!read_sets(sets)) return false;
  sets.inheritable = wanted;
  return write_sets(sets);
}

}  // namespace

LesserRights::LesserRights(Capabilities kept) {
  Sets sets;
  const int bits = ::prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
  if (bits < 0 || !read_sets(sets)) return;
  securebits_ = bits;
  inheritable_ = sets.inheritable;
  ambient_ = read_ambient();
  // To root exec would give everything back.
  if (::prctl(PR_SET_SECUREBITS, bits | SECBIT_NOROOT, 0, 0, 0) != 0 && ::geteuid() == 0) return;
  const Capabilities given = kept & sets.permitted;
  in_force_ = write_inheritable(given) && write_ambient(given);
  if (!in_force_) put_back();
}

LesserRights::~LesserRights() {
  if (in_force_) put_back();
}

void LesserRights::put_back() const {
  write_inheritable(inheritable_ | ambient_);
  write_ambient(ambient_);
  write_inheritable(inheritable_);
  ::prctl(PR_SET_SECUREBITS, securebits_, 0, 0, 0);
}

RootAsUsual::RootAsUsual() {
  const int bits = ::prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
  if (bits < 0 || (bits & SECBIT_NOROOT) == 0 || ::geteuid() != 0) return;
  if (::prctl(PR_SET_SECUREBITS, bits & ~SECBIT_NOROOT, 0, 0, 0) != 0) return;
  securebits_ = bits;
  ambient_ = read_ambient();
  ambient_call(PR_CAP_AMBIENT_CLEAR_ALL, 0);
}

RootAsUsual::~RootAsUsual() {
  if (securebits_ < 0) return;
  write_ambient(ambient_);
  ::prctl(PR_SET_SECUREBITS, securebits_, 0, 0, 0);
}

void become_root_as_usual() {
  const int bits = ::prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
  if (bits < 0 || (bits & SECBIT_NOROOT) == 0 || ::geteuid() != 0) return;
  if (::prctl(PR_SET_SECUREBITS, bits & ~SECBIT_NOROOT, 0, 0, 0) != 0) return;
  // Lowers the ambient ones too.
  write_inheritable(0);
}

namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

#if defined(__x86_64__) || defined(__aarch64__)
/// Numbers from here on are those of another interface (x32).
constexpr uint32_t kOtherInterface = 0x40000000;

/// Nothing that Node, libuv or the engine calls in a process that starts no program.
constexpr int kForbidden[] = {
    SYS_execve,        SYS_execveat,      SYS_ptrace,         SYS_process_vm_readv, SYS_process_vm_writev, SYS_mount,
    SYS_umount2,       SYS_pivot_root,    SYS_chroot,         SYS_setns,            SYS_unshare,           SYS_init_module,
    SYS_finit_module,  SYS_delete_module, SYS_kexec_load,     SYS_reboot,           SYS_swapon,            SYS_swapoff,
    SYS_bpf,           SYS_perf_event_open, SYS_userfaultfd,  SYS_add_key,          SYS_request_key,       SYS_keyctl,
    SYS_open_by_handle_at, SYS_sethostname, SYS_setdomainname, SYS_acct,            SYS_settimeofday,      SYS_clock_settime,
};

std::vector<sock_filter> filter_program() {
  const auto load = [](size_t offset) { return sock_filter(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset))); };
  const sock_filter refuse = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  std::vector<sock_filter> program;
  program.push_back(load(offsetof(seccomp_data, arch)));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  program.push_back(refuse);
  program.push_back(load(offsetof(seccomp_data, nr)));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kOtherInterface, 0, 1));
  program.push_back(refuse);
  for (const int call : kForbidden) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1));
    program.push_back(refuse);
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return program;
}

bool load_filter() {
  auto program = filter_program();
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  // TSYNC: for the threads that Node has started before us too, and with it what prctl has set for this one alone.
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0;
}
#else
bool load_filter() { return false; }
#endif

}  // namespace

bool confine() {
  checked(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
  return load_filter();
}

}  // namespace ka::sys
