// SPDX-License-Identifier: MIT
#include "netlink/process_events.h"

#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <exception>

#include "netlink/message.h"
#include "sys/netns.h"
#include "sys/system_error.h"

namespace ka::netlink {

namespace {

// One turn of the event loop reads this much and no more; the rest keeps the descriptor readable.
constexpr int kMostMessages = 4096;
// Kinds of event: the headers keep them inside of proc_event or, newer ones, outside.
constexpr uint32_t kNone = 0x00000000;
constexpr uint32_t kFork = 0x00000001;
constexpr uint32_t kExec = 0x00000002;
constexpr uint32_t kComm = 0x00000200;
constexpr uint32_t kExit = 0x80000000;

sys::UniqueFd open_socket(int receive_buffer, bool force) {
  sys::UniqueFd socket(
      sys::checked(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR), "socket"));
  if (receive_buffer > 0) {
    const int option = force ? SO_RCVBUFFORCE : SO_RCVBUF;
    (void)::setsockopt(socket.get(), SOL_SOCKET, option, &receive_buffer, sizeof receive_buffer);
  }
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  sys::checked(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  nlmsghdr header{};
  cn_msg message{};
  const proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
  std::array<char, sizeof header + sizeof message + sizeof operation> request;
  header.nlmsg_len = request.size();
  header.nlmsg_type = NLMSG_DONE;
  message.id = {CN_IDX_PROC, CN_VAL_PROC};
  message.len = sizeof operation;
  std::memcpy(request.data(), &header, sizeof header);
  std::memcpy(request.data() + sizeof header, &message, sizeof message);
  std::memcpy(request.data() + sizeof header + sizeof message, &operation, sizeof operation);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  sys::checked(static_cast<int>(::sendto(socket.get(), request.data(), request.size(), 0,
                                         reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel)),
               "sendto");
  return socket;
}

sys::UniqueFd open_anywhere(int receive_buffer, bool force) {
  try {
    return open_socket(receive_buffer, force);
  } catch (const sys::SystemError& error) {
    if (error.error() != ECONNREFUSED) throw;
    try {
      return sys::open_beside_process_one([&] { return open_socket(receive_buffer, force); });
    } catch (const sys::SystemError&) {
      // What is missing is the connector here, not the right to look elsewhere.
    }
    throw;
  }
}

}  // namespace

std::string process_name(int32_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/comm";
  const sys::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  std::array<char, 64> text;
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  if (size <= 0) return {};
  std::string name(text.data(), static_cast<size_t>(size));
  if (name.back() == '\n') name.pop_back();
  return name;
}

ProcessEvents::ProcessEvents(int receive_buffer, bool force) : socket_(open_anywhere(receive_buffer, force)) {}

void ProcessEvents::set_names(std::unordered_set<std::string> names, bool all) {
  names_ = std::move(names);
  all_ = all;
}

void ProcessEvents::set_receive_buffer(int bytes, bool force) noexcept {
  (void)::setsockopt(socket_.get(), SOL_SOCKET, force ? SO_RCVBUFFORCE : SO_RCVBUF, &bytes, sizeof bytes);
}

bool ProcessEvents::is_wanted(int32_t pid) const {
  return all_ || followed_.contains(pid) || (!names_.empty() && names_.contains(process_name(pid)));
}

void ProcessEvents::read(const Visit& visit) {
  alignas(nlmsghdr) std::array<uint8_t, 8192> buffer;
  for (int i = 0; i < kMostMessages; ++i) {
    sockaddr_nl from{};
    socklen_t length = sizeof from;
    const ssize_t size =
        ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0 && errno == ENOBUFS) {
      visit({ProcessEvent::Kind::lost, 0, 0, 0});
      continue;
    }
    sys::checked(static_cast<int>(size), "recvfrom", "process events");
    // Only the kernel has port 0.
    if (from.nl_pid != 0) continue;
    for_each_message({buffer.data(), static_cast<size_t>(size)},
                     [&](const nlmsghdr& header, std::span<const uint8_t> payload) {
                       if (header.nlmsg_type != NLMSG_DONE) return true;
                       if (const auto event = parse_process_event(payload); event && concerns_somebody(*event)) {
                         visit(*event);
                       }
                       return true;
                     });
  }
}

bool ProcessEvents::concerns_somebody(const ProcessEvent& event) const {
  switch (event.kind) {
    case ProcessEvent::Kind::forked:
      return followed_.contains(event.parent);
    case ProcessEvent::Kind::changed:
      return is_wanted(event.pid);
    case ProcessEvent::Kind::exited:
      return followed_.contains(event.pid);
    default:
      return true;
  }
}

std::optional<ProcessEvent> parse_process_event(std::span<const uint8_t> payload) {
  using Kind = ProcessEvent::Kind;
  const auto message = read_value<cn_msg>(payload);
  if (payload.size() < sizeof message || message.id.idx != CN_IDX_PROC || message.id.val != CN_VAL_PROC) return {};
  // Kernels have made the union longer: what is missing stays zero, what is more is not ours.
  const auto body = payload.subspan(sizeof message);
  if (body.size() < offsetof(proc_event, event_data) + 2 * sizeof(uint32_t)) return {};
  const auto event = read_value<proc_event>(body);
  const auto& fork = event.event_data.fork;
  const auto& exec = event.event_data.exec;
  const auto& comm = event.event_data.comm;
  const auto& exit = event.event_data.exit;
  switch (static_cast<uint32_t>(event.what)) {
    case kNone:
      return ProcessEvent{Kind::acknowledged, 0, 0, static_cast<int32_t>(event.event_data.ack.err)};
    case kFork:
      if (fork.child_pid != fork.child_tgid) return {};
      return ProcessEvent{Kind::forked, fork.child_tgid, fork.parent_tgid, 0};
    case kExec:
      return ProcessEvent{Kind::changed, exec.process_tgid, 0, 0};
    case kComm:
      if (comm.process_pid != comm.process_tgid) return {};
      return ProcessEvent{Kind::changed, comm.process_tgid, 0, 0};
    case kExit:
      if (exit.process_pid != exit.process_tgid) return {};
      return ProcessEvent{Kind::exited, exit.process_tgid, 0, 0};
    default:
      return {};
  }
}

}  // namespace ka::netlink
