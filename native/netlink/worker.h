// SPDX-License-Identifier: MIT
// The netlink thread: executes submissions in order and feeds changes of links and addresses, and what others take away of our routes and rules. It may wait for
// the kernel's global lock (milliseconds beside other namespaces), which is why it is not the engine thread.
// Objects: submit() from one sender; results() and changes() are emptied by the receiver that owns the Wakeup
// given.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "netlink/channel.h"
#include "netlink/types.h"
#include "sys/mailbox.h"
#include "sys/realtime_thread.h"
#include "sys/wakeup.h"

namespace ka::netlink {

struct WorkerBuffers {
  ReceiveBuffer command;
  ReceiveBuffer monitor{4 << 20};
};

/// Addresses with a lifetime, which end when nobody renews them.
struct Renewal {
  /// What belongs together, and whether it is to be renewed at present.
  struct Part {
    std::shared_ptr<const std::atomic<bool>> wanted;
    std::unique_ptr<Submission> requests;
  };
  std::vector<Part> parts;
  sys::Micros every = 0;
};

class Worker {
 public:
  /// Opens both sockets in the caller's network namespace. Throws sys::SystemError.
  explicit Worker(const sys::Wakeup& receiver, const WorkerBuffers& buffers = {});
  /// Ends and joins; what was not executed is dropped.
  ~Worker();

  void start(const sys::ThreadOptions& options);
  void stop();

  /// Takes ownership; comes back through results(). Real-time safe.
  void submit(Submission* submission);

  /// Something is about to be submitted: the thread looks for it without sleeping until then, for a wake-up from another
  /// processor may take as long as what is asked of the kernel. Real-time safe.
  void expect(sys::Micros until);

  /// Repeats these requests, whatever they answer, every so often until there are others; nothing with nullptr.
  /// Not from the real-time thread.
  void renew(std::unique_ptr<Renewal> renewal);
  /// From here on nothing is repeated, or is again. Real-time safe.
  void allow_renewal(bool allowed) { renewal_allowed_.store(allowed); }

  sys::Mailbox<Submission>& results() { return results_; }
  sys::Mailbox<Change>& changes() { return changes_; }
  const sys::RealtimeThread& thread() const { return thread_; }

 private:
  void run();
  void await_expected();
  void execute_submissions();
  void renew_due();
  int wait_milliseconds() const;
  void read_changes();
  void tell(std::unique_ptr<Change> change);
  void tell_overrun();

  const sys::Wakeup& receiver_;
  Channel channel_;
  sys::UniqueFd monitor_;
  std::vector<uint8_t> datagram_;
  bool overrun_ = false;
  /// On a socket of its own: what it makes the kernel tell is no news.
  std::unique_ptr<Channel> renewal_channel_;
  std::unique_ptr<Renewal> renewal_;
  sys::Micros renewal_due_ = 0;
  std::atomic<Renewal*> next_renewal_{nullptr};
  std::atomic<bool> renewal_changed_{false};
  std::atomic<bool> renewal_allowed_{true};
  sys::Wakeup wakeup_;
  std::atomic<bool> stopping_{false};
  std::atomic<sys::Micros> expected_until_{0};
  sys::Mailbox<Submission> inbox_;
  sys::Mailbox<Submission> results_;
  sys::Mailbox<Change> changes_;
  // Last member: joined before anything it uses goes.
  sys::RealtimeThread thread_;
};

}  // namespace ka::netlink
