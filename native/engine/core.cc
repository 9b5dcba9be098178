// SPDX-License-Identifier: MIT
#include "engine/core.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include "sys/scheduling.h"
#include "sys/system_error.h"

namespace ka::engine {
namespace {

constexpr int kEventsPerWait = 64;
/// With so many packets in a window, reading waits a moment for more of them: the kernel has noted when each came.
constexpr uint32_t kCrowd = 64;
constexpr sys::Micros kCrowdWindow = 10'000;
constexpr sys::Micros kNap = 500;
/// A takeover is due: the engine is awake so long before, since a sleeping processor takes up to 150 µs to return from idling.
constexpr sys::Micros kHeadStart = 300;
/// What the kernel takes for a few addresses, several times over. Whoever waits without sleeping does so no longer.
constexpr sys::Micros kAnswerTime = 500;
constexpr sys::Micros kNever = std::numeric_limits<sys::Micros>::max();
// Room of the heaps before the first router: lease and grace.
constexpr size_t kOwnTimers = 8;

template <typename Item>
void delete_list(Item* item) {
  while (item != nullptr) {
    Item* following = item->following;
    delete item;
    item = following;
  }
}

timespec at(sys::Micros time) { return {time / 1'000'000, time % 1'000'000 * 1000}; }

void watch(int epoll, int fd, void* what, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = what;
  sys::checked(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

}  // namespace

Core::Core(const CoreOptions& options)
    : options_(options),
      epoll_(sys::checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      timer_(sys::checked(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create")),
      advertiser_(sending_, stage_),
      announcer_(sending_, retired_),
      worker_(wakeup_, options.buffers) {
  std::vector<Timer*> sending, expiring;
  sending.reserve(kOwnTimers);
  expiring.reserve(kOwnTimers);
  reserve_timers(sending, expiring);
  watch(epoll_.get(), wakeup_.fd(), &wakeup_, EPOLLIN);
  // Edge-triggered: the timer need not be read, setting it again clears it.
  watch(epoll_.get(), timer_.get(), &timer_, EPOLLIN | EPOLLET);
  if (!sys::is_session_channel(options_.session_fd)) options_.session_fd = -1;
  if (options_.session_fd < 0) return;
  // What was said to the process before this one is old.
  sys::SessionLoss old;
  while (sys::hear_loss(options_.session_fd, old)) {
  }
  watch(epoll_.get(), options_.session_fd, &sessions_told_, EPOLLIN);
}

Core::~Core() {
  worker_.stop();
  stage_.clear();
  while (!results_.empty()) delete results_.pop();
  while (!changes_.empty()) delete changes_.pop();
  announcer_.cancel_all();
  delete_list(routers_);
  delete_list(endpoints_);
}

void Core::post(Command* command) {
  if (inbox_.push(command)) wakeup_.signal();
}

void Core::stop() {
  stopping_.store(true);
  wakeup_.signal();
}

void Core::run() {
  while (!stopping_.load(std::memory_order_relaxed)) {
    turn();
    wait();
  }
}

void Core::wait() {
  sys::Micros next = sending_.first() != nullptr ? sending_.first()->due : kNever;
  if (!blocked_ && expiring_.first() != nullptr) next = std::min(next, wake_for(*expiring_.first()));
  if (options_.heartbeat != nullptr) next = std::min(next, beat_due_);
  // JavaScript took a batch meanwhile: what was held back can go on.
  const bool unblocked =
      (blocked_ && stage_.room(Receiver::kBatch + 1)) || (!changes_.empty() && !stage_.pressed());
  const sys::Micros now = sys::monotonic_us();
  const bool busy = unread_ || unblocked || announcer_.work_left() || next <= now || awaits_answer(now);
  const bool naps = !busy && nap_ > 0;
  if (naps) {
    const timespec until = at(std::min(next, sys::monotonic_us() + nap_));
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
  } else if (!busy && next != kNever && (programmed_ == 0 || next < programmed_)) {
    // A timer that fires too early is cheaper than moving it with each advert that is heard.
    const itimerspec setting{{}, at(next)};
    ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &setting, nullptr);
    programmed_ = next;
  }
  std::array<epoll_event, kEventsPerWait> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), kEventsPerWait, busy || naps ? 0 : -1);
  for (int i = 0; i < count; ++i) {
    void* what = events[static_cast<size_t>(i)].data.ptr;
    if (what == &wakeup_) {
      wakeup_.consume();
    } else if (what == &timer_) {
      programmed_ = 0;
    } else if (what == &sessions_told_) {
      sessions_told_ = true;
    } else {
      static_cast<Endpoint*>(what)->ready = true;
    }
  }
}

/// When to be awake for the end of a deadline: early for a takeover that the engine itself will carry out, and then with the
/// netlink thread at hand. Rare: in peace each advert moves the deadline long before.
sys::Micros Core::wake_for(const Timer& expiry) {
  if (expiry.kind != TimerKind::expiry) return expiry.due;
  const Unit& unit = *static_cast<const Router*>(expiry.owner)->unit;
  if (!unit.standing || unit.orders->active || unit.orders->takeover == nullptr) return expiry.due;
  const sys::Micros awake_at = expiry.due - kHeadStart;
  if (unit.orders->takeover->netlink == nullptr || helper_awake_until_ >= expiry.due || sys::monotonic_us() < awake_at) return awake_at;
  if (!sys::has_other_processor()) return awake_at;
  helper_awake_until_ = expiry.due + kAnswerTime;
  worker_.expect(helper_awake_until_);
  return awake_at;
}

bool Core::awaits_answer(sys::Micros now) const { return first_under_way_ != nullptr && now < answer_awaited_until_; }

/// JavaScript has nothing to do in a takeover, and waking it takes as long as an announcement: it is told after that, a moment
/// later at most even if one takeover follows the other.
bool Core::holds_back(sys::Micros now) {
  if (!awaits_answer(now)) {
    held_back_since_ = 0;
  } else if (held_back_since_ == 0) {
    held_back_since_ = now;
  } else if (now - held_back_since_ > kAnswerTime) {
    held_back_since_ = 0;
    return false;
  }
  return held_back_since_ != 0;
}

void Core::turn() {
  const sys::Micros now = sys::monotonic_us();
  beat(now);
  blocked_ = false;
  // Before anything is sent: after a stall of the whole machine the first packet must not be an advert.
  check_lease(now);
  apply_commands();
  take_netlink();
  // Before anything is sent: no advert may follow a farewell.
  if (std::exchange(sessions_told_, false)) hear_sessions();
  transmit_due();
  read_sockets();
  expire_due(sys::monotonic_us());
  tell_netlink();
  if (holds_back(now)) return;
  if (stage_.publish() || reap_wanted_) {
    reap_wanted_ = false;
    options_.notify(options_.context);
  }
}

void Core::beat(sys::Micros now) {
  heartbeat.store(now, std::memory_order_relaxed);
  if (options_.heartbeat == nullptr) return;
  options_.heartbeat->last_sent.store(now, std::memory_order_relaxed);
  // A grid of its own: every turn would set the timer anew otherwise.
  if (now >= beat_due_) beat_due_ = now + kHeartbeatPeriod;
}

void Core::apply_commands() {
  for (Command* command = inbox_.take(); command != nullptr;) {
    auto* following = static_cast<Command*>(command->next);
    command->apply(*this);
    retired_.push(command);
    command = following;
  }
}

void Core::transmit_due() {
  const sys::Micros started = sys::monotonic_us();
  for (Timer* timer = sending_.first(); timer != nullptr; timer = sending_.first()) {
    const sys::Micros now = sys::monotonic_us();
    if (timer->due > now) break;
    // A gap shorter than a send must not keep this turn from reading its sockets.
    if (timer->kind == TimerKind::pacer && timer->due > started) break;
    switch (timer->kind) {
      case TimerKind::advert:
        advertiser_.due(*static_cast<Router*>(timer->owner), now);
        break;
      case TimerKind::plan: {
        auto& plan = *static_cast<AnnouncePlan*>(timer->owner);
        if (held_up(plan.key, now)) {
          announcer_.cancel(plan.key);
        } else {
          announcer_.due(plan, now);
        }
        break;
      }
      case TimerKind::pacer:
        announcer_.due(*static_cast<Pacer*>(timer->owner));
        break;
      case TimerKind::order_grace:
        lease_orders_done();
        break;
      case TimerKind::expiry:
      case TimerKind::lease:
        sending_.disarm(*timer);  // never in this heap
        break;
    }
  }
  advertiser_.flush();
  announcer_.send_some();
}

void Core::note_crowd(uint32_t packets, sys::Micros now) {
  in_window_ += packets;
  if (now - window_start_ < kCrowdWindow) return;
  // The more there are, the shorter: the socket has room for a few hundred.
  nap_ = in_window_ < kCrowd ? 0 : std::min<sys::Micros>(kNap, kCrowdWindow * Receiver::kBatch / 2 / in_window_);
  in_window_ = 0;
  window_start_ = now;
}

void Core::expire_due(sys::Micros now) {
  for (Timer* timer = expiring_.first(); timer != nullptr && timer->due <= now; timer = expiring_.first()) {
    if (timer->kind == TimerKind::lease) {
      expiring_.disarm(*timer);
      check_lease(now);
      continue;
    }
    auto& router = *static_cast<Router*>(timer->owner);
    const sys::Micros due = timer->due;
    // Invariant I3: what was received is looked at before the expiry, also what came after it was due: a thread
    // that was held up must not claim to have heard nobody.
    if ((router.endpoint != nullptr && !drain(*router.endpoint, now)) || !stage_.room()) {
      blocked_ = true;
      return;
    }
    // What was read moved it.
    if (!timer->armed() || timer->due != due) continue;
    if (put_off(router, now)) continue;
    expiring_.disarm(*timer);
    Event event;
    event.kind = EventKind::expired;
    event.key = router.key;
    event.at = due;
    event.first = router.generation;
    event.second = sys::monotonic_us() - due;
    router.flight.expire(due, event.first, event.second);
    event.done = act_on_expiry(router, event);
    if (!event.done) must_decide(router, event);
    event.number = router.told_last;
    stage_.add_expiry(event, router);
  }
}

void Core::take_netlink() {
  for (auto* done = worker_.results().take(); done != nullptr;) {
    auto* following = static_cast<netlink::Submission*>(done->next);
    // The netlink thread keeps the order, so this is the oldest.
    first_under_way_ = done->following;
    if (first_under_way_ == nullptr) last_under_way_ = nullptr;
    if (done->from_order) {
      retired_.push(done);
      if (--orders_under_way_ == 0 && order_grace_.armed()) lease_orders_done();
    } else {
      announcer_.acknowledged(done->ticket);
      results_.push(done);
    }
    done = following;
  }
  for (auto* change = worker_.changes().take(); change != nullptr;) {
    auto* following = static_cast<netlink::Change*>(change->next);
    changes_.push(change);
    change = following;
  }
}

void Core::tell_netlink() {
  Event event;
  for (; !results_.empty() && stage_.room(); stage_.add(event)) {
    event.kind = EventKind::netlink_done;
    event.at = results_.first()->done_at;
    event.object = results_.pop();
  }
  // Interfaces that flap while JavaScript is away must not fill the stage: adverts and expiries need it.
  for (; !changes_.empty() && !stage_.pressed(); stage_.add(event)) {
    event.kind = EventKind::change;
    event.at = changes_.first()->at;
    event.object = changes_.pop();
  }
  if (!results_.empty()) blocked_ = true;
}

}  // namespace ka::engine
