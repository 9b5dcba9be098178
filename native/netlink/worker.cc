// SPDX-License-Identifier: MIT
#include "netlink/worker.h"

#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "netlink/address.h"
#include "netlink/link.h"
#include "netlink/message.h"
#include "netlink/monitor_filter.h"
#include "netlink/route.h"
#include "netlink/rule.h"

namespace ka::netlink {
namespace {

constexpr uint32_t kGroups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
                             RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE | (1u << (RTNLGRP_IPV6_RULE - 1));
constexpr size_t kDatagram = 32 * 1024;
// About 8 MB; reached only when JavaScript is stalled while interfaces flap.
constexpr int kMostChanges = 16384;
constexpr int kRetryMilliseconds = 100;

/// Empty for messages that say nothing of interest. Of routes and rules only what somebody else takes away is: `own` is
/// the port of our requests.
std::unique_ptr<Change> understand(const nlmsghdr& header, std::span<const uint8_t> payload, uint32_t own) {
  const uint16_t type = header.nlmsg_type;
  auto change = std::make_unique<Change>();
  switch (type) {
    case RTM_NEWROUTE:
      if (!(header.nlmsg_flags & NLM_F_REPLACE) || header.nlmsg_pid == own) return nullptr;
      change->kind = ChangeKind::route_replaced;
      return parse_route(payload, change->route) ? std::move(change) : nullptr;
    case RTM_DELROUTE:
      if (header.nlmsg_pid == own) return nullptr;
      change->kind = ChangeKind::route_deleted;
      if (!parse_route(payload, change->route) || change->route.protocol != kRouteProtocol) return nullptr;
      return change;
    case RTM_DELRULE:
      if (header.nlmsg_pid == own) return nullptr;
      change->kind = ChangeKind::rule_deleted;
      if (!parse_rule(payload, change->rule) || change->rule.protocol != kRouteProtocol) return nullptr;
      return change;
    case RTM_NEWLINK:
    case RTM_DELLINK:
      change->kind = type == RTM_NEWLINK ? ChangeKind::link_new : ChangeKind::link_deleted;
      return parse_link(payload, change->link) ? std::move(change) : nullptr;
    case RTM_NEWADDR:
    case RTM_DELADDR:
      change->kind = type == RTM_NEWADDR ? ChangeKind::address_new : ChangeKind::address_deleted;
      return parse_address(payload, change->address) ? std::move(change) : nullptr;
    default:
      return nullptr;
  }
}

}  // namespace

Worker::Worker(const sys::Wakeup& receiver, const WorkerBuffers& buffers)
    : receiver_(receiver),
      channel_(buffers.command),
      monitor_(open_socket(NETLINK_ROUTE, kGroups, buffers.monitor)),
      datagram_(kDatagram),
      renewal_channel_(std::make_unique<Channel>()) {
  ignore_foreign_routes(monitor_);
}

Worker::~Worker() {
  stop();
  delete next_renewal_.load();
}

void Worker::start(const sys::ThreadOptions& options) {
  thread_.start(options, [](void* self) { static_cast<Worker*>(self)->run(); }, this);
}

void Worker::stop() {
  stopping_.store(true);
  wakeup_.signal();
  thread_.join();
}

void Worker::submit(Submission* submission) {
  if (inbox_.push(submission)) wakeup_.signal();
}

void Worker::run() {
  std::array<pollfd, 2> sources{{{wakeup_.fd(), POLLIN, 0}, {monitor_.get(), POLLIN, 0}}};
  while (!stopping_.load()) {
    if (::poll(sources.data(), sources.size(), wait_milliseconds()) < 0 && errno != EINTR) return;
    if (sources[0].revents != 0) {
      wakeup_.consume();
      await_expected();
      execute_submissions();
    }
    renew_due();
    if (sources[1].revents != 0) read_changes();
    if (overrun_) tell_overrun();
  }
}

void Worker::expect(sys::Micros until) {
  expected_until_.store(until);
  wakeup_.signal();
}

void Worker::await_expected() {
  const sys::Micros until = expected_until_.exchange(0);
  while (inbox_.empty() && !stopping_.load() && sys::monotonic_us() < until) {
  }
}

void Worker::execute_submissions() {
  for (Submission* submission = inbox_.take(); submission != nullptr;) {
    auto* following = static_cast<Submission*>(submission->next);
    if (!stopping_.load()) channel_.execute(*submission);
    submission->done_at = sys::monotonic_us();
    if (results_.push(submission)) receiver_.signal();
    submission = following;
  }
}

void Worker::renew(std::unique_ptr<Renewal> renewal) {
  delete next_renewal_.exchange(renewal.release());
  renewal_changed_.store(true);
  wakeup_.signal();
}

void Worker::renew_due() {
  // Looked at each time: what was given before a removal must not bring back what the removal takes.
  const sys::Micros now = sys::monotonic_us();
  if (renewal_changed_.exchange(false)) {
    const bool goes_on = renewal_ != nullptr;
    renewal_.reset(next_renewal_.exchange(nullptr));
    // What is new has just been set, or will be in a moment.
    const sys::Micros latest = renewal_ != nullptr ? now + renewal_->every : 0;
    renewal_due_ = goes_on ? std::min(renewal_due_, latest) : latest;
  }
  if (renewal_ == nullptr || !renewal_allowed_.load() || stopping_.load() || now < renewal_due_) return;
  for (Renewal::Part& part : renewal_->parts) {
    // Before each of them: what has just given way must stay away.
    if (part.wanted->load()) renewal_channel_->execute(*part.requests);
  }
  renewal_due_ = now + renewal_->every;
}

/// Until there is something to do without being woken: a renewal, or an overrun that could not be told yet.
int Worker::wait_milliseconds() const {
  int wait = overrun_ ? kRetryMilliseconds : -1;
  if (renewal_ != nullptr && renewal_allowed_.load()) {
    const auto left = static_cast<int>(std::max<sys::Micros>(0, renewal_due_ - sys::monotonic_us()) / 1000 + 1);
    wait = wait < 0 ? left : std::min(wait, left);
  }
  return wait;
}

void Worker::read_changes() {
  for (;;) {
    const ssize_t length = ::recv(monitor_.get(), datagram_.data(), datagram_.size(), MSG_TRUNC);
    if (length < 0 && errno == EINTR) continue;
    // Lost, or cut because it did not fit: only a comparison tells what it was.
    if ((length < 0 && errno == ENOBUFS) || length > static_cast<ssize_t>(datagram_.size())) {
      overrun_ = true;
      continue;
    }
    if (length <= 0) return;
    const sys::Micros at = sys::monotonic_us();
    for_each_message({datagram_.data(), static_cast<size_t>(length)},
                     [&](const nlmsghdr& header, std::span<const uint8_t> payload) {
                       if (header.nlmsg_pid == renewal_channel_->port()) return true;
                       if (auto change = understand(header, payload, channel_.port())) {
                         change->at = at;
                         tell(std::move(change));
                       }
                       return true;
                     });
  }
}

void Worker::tell(std::unique_ptr<Change> change) {
  if (Change::alive.load(std::memory_order_relaxed) > kMostChanges) {
    overrun_ = true;
    return;
  }
  if (changes_.push(change.release())) receiver_.signal();
}

void Worker::tell_overrun() {
  if (Change::alive.load(std::memory_order_relaxed) > kMostChanges) return;
  overrun_ = false;
  auto change = std::make_unique<Change>();
  change->at = sys::monotonic_us();
  tell(std::move(change));
}

}  // namespace ka::netlink
