// SPDX-License-Identifier: MIT
#include "tap/tap.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "sys/monotonic.h"
#include "sys/netns.h"
#include "sys/system_error.h"

namespace ka::tap {

namespace {

constexpr size_t kBatch = 64;
/// What a caller that takes nothing may cost; beyond it frames are counted, not kept.
constexpr size_t kQueueBytes = 64 << 20;
constexpr int kSocketBytes = 16 << 20;

template <typename T>
void set_option(int fd, int level, int option, const T& value, const char* name) {
  sys::checked(::setsockopt(fd, level, option, &value, sizeof value), "setsockopt", name);
}

sys::UniqueFd open_packet_socket(const Options& options) {
  // Protocol 0 until bound, so that not one frame of another interface gets into the queue.
  sys::UniqueFd fd(sys::checked(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket",
                                options.ifname));
  const unsigned ifindex = ::if_nametoindex(options.ifname.c_str());
  if (ifindex == 0) throw sys::SystemError(errno, "if_nametoindex", options.ifname);
  set_option(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS");
  // Beyond net.core.rmem_max only with CAP_NET_ADMIN; without it the default size and the drop counter have
  // to do.
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBytes, sizeof kSocketBytes) != 0) {
    set_option(fd.get(), SOL_SOCKET, SO_RCVBUF, kSocketBytes, "SO_RCVBUF");
  }
  if (options.promiscuous) {
    packet_mreq request{};
    request.mr_ifindex = static_cast<int>(ifindex);
    request.mr_type = PACKET_MR_PROMISC;
    set_option(fd.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, "PACKET_ADD_MEMBERSHIP");
  }
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(ifindex);
  sys::checked(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind",
               options.ifname);
  return fd;
}

int64_t stamp_of(msghdr& header, int64_t offset) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec wall;
    std::memcpy(&wall, CMSG_DATA(c), sizeof wall);
    return int64_t{wall.tv_sec} * 1'000'000'000 + wall.tv_nsec + offset;
  }
  return sys::monotonic_ns();
}

}  // namespace

Tap::Tap(const Options& options, std::function<void()> wake)
    : snaplen_(options.snaplen),
      wake_(std::move(wake)),
      socket_(sys::open_in_network_namespace(options.netns, [&] { return open_packet_socket(options); })),
      stop_(sys::checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      buffers_(kBatch * options.snaplen) {
  // Signals belong to the main thread; the mask is inherited by the thread started under it.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    reader_ = std::thread([this] { read_loop(); });
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Tap::send(std::span<const uint8_t> frame) {
  const auto sent = ::send(socket_.get(), frame.data(), frame.size(), 0);
  if (sent < 0) throw sys::SystemError(errno, "send");
}

std::vector<Frame> Tap::take() {
  std::vector<Frame> frames;
  const std::lock_guard lock(mutex_);
  frames.swap(queue_);
  queued_bytes_ = 0;
  return frames;
}

uint64_t Tap::drops() {
  const std::lock_guard lock(mutex_);
  tpacket_stats statistics{};
  socklen_t size = sizeof statistics;
  // Reading clears the kernel's counter.
  if (socket_ && ::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0) {
    kernel_drops_ += statistics.tp_drops;
  }
  return kernel_drops_ + queue_drops_;
}

void Tap::close() {
  if (!reader_.joinable()) return;
  const uint64_t one = 1;
  // An eventfd takes eight bytes or, at its limit, is readable already: the reader wakes in either case.
  [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
  reader_.join();
  drops();
  socket_.reset();
  stop_.reset();
}

void Tap::read_loop() {
  ::pthread_setname_np(::pthread_self(), "ka-tap");
  std::array<pollfd, 2> fds{{{socket_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
  for (;;) {
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    // A full batch means there is more: but look at stop_ in between.
    if (fds[0].revents != 0 && !read_batch()) return;
  }
}

/// false: the socket will never deliver again.
bool Tap::read_batch() {
  union Control {
    cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(timespec))];
  };
  std::array<mmsghdr, kBatch> messages{};
  std::array<iovec, kBatch> parts;
  std::array<sockaddr_ll, kBatch> links;
  std::array<Control, kBatch> controls;
  for (size_t i = 0; i < kBatch; ++i) {
    parts[i] = {buffers_.data() + i * snaplen_, snaplen_};
    messages[i].msg_hdr.msg_name = &links[i];
    messages[i].msg_hdr.msg_namelen = sizeof links[i];
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_control = &controls[i];
    messages[i].msg_hdr.msg_controllen = sizeof controls[i];
  }
  const int count = ::recvmmsg(socket_.get(), messages.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (count < 0) {
    // ENETDOWN: the interface went down; the socket lives on and delivers again when it is back. Reading took
    // the error.
    return errno == EAGAIN || errno == EINTR || errno == ENETDOWN || errno == ENOBUFS;
  }
  const int64_t offset = sys::realtime_to_monotonic_ns();
  std::vector<Frame> frames(static_cast<size_t>(count));
  for (size_t i = 0; i < frames.size(); ++i) {
    const uint8_t* start = buffers_.data() + i * snaplen_;
    frames[i].at_ns = stamp_of(messages[i].msg_hdr, offset);
    frames[i].outgoing = links[i].sll_pkttype == PACKET_OUTGOING;
    frames[i].bytes.assign(start, start + messages[i].msg_len);
  }
  enqueue(std::move(frames));
  return true;
}

void Tap::enqueue(std::vector<Frame>&& frames) {
  bool was_empty;
  {
    const std::lock_guard lock(mutex_);
    was_empty = queue_.empty();
    for (Frame& frame : frames) {
      const size_t cost = sizeof(Frame) + frame.bytes.size();
      if (queued_bytes_ + cost > kQueueBytes) {
        ++queue_drops_;
        continue;
      }
      queued_bytes_ += cost;
      queue_.push_back(std::move(frame));
    }
  }
  if (was_empty) wake_();
}

}  // namespace ka::tap
