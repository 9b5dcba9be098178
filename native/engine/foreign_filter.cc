// SPDX-License-Identifier: MIT
#include "engine/foreign_filter.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "codec/vrrp.h"

namespace ka::engine {
namespace {

constexpr uint32_t kTakeAll = 0xFFFFFFFF;
constexpr uint32_t kDrop = 0;
// RFC 9568 5.1: the VRID is the second byte.
constexpr uint32_t kVridOffset = 1;
// RFC 4302 2.2: the length is the second byte, in words of four bytes, less two.
constexpr uint32_t kAhLengthOffset = 1;

/// Short enough for the stack of the engine thread, which does not allocate.
struct Program {
  // With AH it takes 52.
  std::array<sock_filter, 64> code;
  uint16_t length = 0;

  void add(uint32_t op, uint32_t value = 0, uint8_t if_true = 0, uint8_t if_false = 0) {
    code[length++] = sock_filter{static_cast<uint16_t>(op), if_true, if_false, value};
  }

  /// X: where the VRRP message begins.
  void find_message(uint8_t family, uint8_t protocol) {
    // A raw IPv4 socket sees the IP header, a raw IPv6 socket only what follows it.
    if (family == codec::kIpv4) {
      add(BPF_LDX | BPF_B | BPF_MSH, 0);
    } else {
      add(BPF_LDX | BPF_W | BPF_IMM, 0);
    }
    if (protocol != IPPROTO_AH) return;
    take_all_unless_longer_than(kAhLengthOffset);
    add(BPF_LD | BPF_B | BPF_IND, kAhLengthOffset);
    add(BPF_ALU | BPF_ADD | BPF_K, 2);
    add(BPF_ALU | BPF_LSH | BPF_K, 2);
    add(BPF_ALU | BPF_ADD | BPF_X);
    add(BPF_MISC | BPF_TAX);
  }

  /// A load beyond the end would drop the packet, and nobody would count it.
  void take_all_unless_longer_than(uint32_t offset) {
    add(BPF_LD | BPF_W | BPF_LEN);
    add(BPF_JMP | BPF_JGT | BPF_X, 0, 1, 0);
    add(BPF_RET | BPF_K, kTakeAll);
    add(BPF_ALU | BPF_SUB | BPF_X);
    add(BPF_JMP | BPF_JGT | BPF_K, offset, 1, 0);
    add(BPF_RET | BPF_K, kTakeAll);
  }

  /// A: the word of the set that has the VRID's bit, X: which bit it is.
  void find_bit(const VridSet& own) {
    add(BPF_LD | BPF_B | BPF_IND, kVridOffset);
    add(BPF_ST, 0);
    add(BPF_ALU | BPF_AND | BPF_K, 31);
    add(BPF_MISC | BPF_TAX);
    add(BPF_LD | BPF_W | BPF_MEM, 0);
    add(BPF_ALU | BPF_RSH | BPF_K, 5);
    const auto words = static_cast<uint32_t>(own.size());
    for (uint32_t i = 0; i < words - 1; ++i) {
      add(BPF_JMP | BPF_JEQ | BPF_K, i, 0, 2);
      add(BPF_LD | BPF_W | BPF_IMM, own[i]);
      // To behind the last load: two instructions for each one that follows but the last, and that one.
      add(BPF_JMP | BPF_JA, (words - 2 - i) * 3 + 1);
    }
    add(BPF_LD | BPF_W | BPF_IMM, own[words - 1]);
  }
};

}  // namespace

bool attach_vrid_filter(const sys::UniqueFd& socket, uint8_t family, uint8_t protocol, const VridSet& own) {
  Program program;
  program.find_message(family, protocol);
  program.take_all_unless_longer_than(kVridOffset);
  program.find_bit(own);
  program.add(BPF_ALU | BPF_RSH | BPF_X);
  program.add(BPF_JMP | BPF_JSET | BPF_K, 1, 2, 0);
  program.add(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM));
  program.add(BPF_JMP | BPF_JSET | BPF_K, ForeignFilter::kSample - 1, 1, 0);
  program.add(BPF_RET | BPF_K, kTakeAll);
  program.add(BPF_RET | BPF_K, kDrop);
  const sock_fprog filter{program.length, program.code.data()};
  return ::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

uint32_t ForeignFilter::seen(const sys::UniqueFd& socket, uint8_t family, uint8_t protocol, const VridSet& own,
                             sys::Micros at) {
  if (engaged()) return at > attached_at_ ? kSample : 1;
  if (at - window_start_ > kWindow) {
    window_start_ = at;
    in_window_ = 0;
  }
  if (++in_window_ < kLimit) return 1;
  in_window_ = 0;
  if (attach_vrid_filter(socket, family, protocol, own)) attached_at_ = sys::monotonic_us();
  return 1;
}

void ForeignFilter::remove(const sys::UniqueFd& socket) {
  if (!engaged()) return;
  const int none = 0;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none);
  attached_at_ = 0;
}

}  // namespace ka::engine
