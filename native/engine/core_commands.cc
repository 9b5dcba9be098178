// SPDX-License-Identifier: MIT
// What commands do on the engine thread: the tables of endpoints and routers, and hand-overs to the parts.
// After a lost lease nothing that would act is obeyed any more (see core_lease.cc).
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "engine/core.h"

namespace ka::engine {
namespace {

template <typename Item>
void link_first(Item*& head, Item& item) {
  item.previous = nullptr;
  item.following = head;
  if (head != nullptr) head->previous = &item;
  head = &item;
}

template <typename Item>
void unlink(Item*& head, Item& item) {
  (item.previous != nullptr ? item.previous->following : head) = item.following;
  if (item.following != nullptr) item.following->previous = item.previous;
}

}  // namespace

void Core::add_endpoint(Endpoint& endpoint) {
  link_first(endpoints_, endpoint);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = &endpoint;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, endpoint.receive.get(), &event);
  // What came between opening and now raises no edge.
  endpoint.ready = true;
}

void Core::remove_endpoint(Endpoint& endpoint) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, endpoint.receive.get(), nullptr);
  for (Router* router = routers_; router != nullptr; router = router->following) {
    if (router->endpoint == &endpoint) endpoint.detach(*router);
  }
  unlink(endpoints_, endpoint);
  retired_.push(&endpoint);
  reap_wanted_ = true;
}

void Core::add_router(Router& router, Endpoint& endpoint) {
  link_first(routers_, router);
  endpoint.attach(router);
  recall_memory(router);
}

void Core::remove_router(Router& router) {
  sending_.disarm(router.advert);
  expiring_.disarm(router.deadline);
  announcer_.cancel(router.key);
  if (router.endpoint != nullptr) router.endpoint->detach(router);
  unlink(routers_, router);
  drop_orders(*router.unit);
  for (Router* other = routers_; other != nullptr; other = other->following) {
    if (other->unit == &router.own_unit) other->unit = &other->own_unit;
  }
  if (router.guard != nullptr) router.guard->every.store(0, std::memory_order_relaxed);
  keep_memory(router);
  retired_.push(&router);
}

// A swap: what gives way for it is freed with the router, by the JavaScript thread.
void Core::keep_memory(Router& router) {
  auto place = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& one) {
    return one.memory != nullptr && one.key == router.key;
  });
  if (place == kept_.end()) place = kept_.begin() + static_cast<std::ptrdiff_t>(next_kept_++ % kept_.size());
  place->key = router.key;
  place->memory.swap(router.memory);
}

void Core::recall_memory(Router& router) {
  for (const Kept& one : kept_) {
    if (one.memory != nullptr && one.key == router.key) router.memory->adopt(*one.memory);
  }
}

void Core::set_expectation(Router& router, std::unique_ptr<codec::Expectation>& expectation,
                           std::unique_ptr<codec::AuthMemory>& memory) {
  memory->adopt(*router.memory);
  router.memory.swap(memory);
  router.expectation.swap(expectation);
}

void Core::listen(Router& router, bool on) {
  if (on && lease_lost.load(std::memory_order_relaxed)) return;
  router.listening = on;
  router.heard = {};
}

void Core::arm(Router& router, sys::Micros due, int64_t generation) {
  if (lease_lost.load(std::memory_order_relaxed)) return;
  router.generation = generation;
  router.put_off = false;
  router.yielded = false;
  // A backup whose JavaScript is behind counts from an advert that is long ago; what came since, it has not read.
  const sys::Micros now = sys::monotonic_us();
  const auto interval = static_cast<sys::Micros>(router.expectation->interval_us);
  if (router.listening && !router.advert.armed() && now - due > interval / 4) {
    router.put_off = true;
    due = now + interval;
  }
  expiring_.arm(router.deadline, due);
}

void Core::advertise(Router& router, std::unique_ptr<AdvertContent>& content, sys::Micros every,
                     sys::Micros first_at) {
  if (lease_lost.load(std::memory_order_relaxed)) return;
  router.yielded = false;
  advertiser_.start(router, content, every, first_at);
}

void Core::announce(std::unique_ptr<AnnouncePlan>& plan) {
  const sys::Micros now = sys::monotonic_us();
  if (lease_lost.load(std::memory_order_relaxed) || held_up(plan->key, now)) return;
  const bool waits = plan->after_ticket != 0 && under_way(plan->after_ticket);
  announcer_.add(plan.release(), waits, now);
}

// Others may be Active by now: neighbours must not be turned back to us before we have listened.
bool Core::held_up(uint32_t key, sys::Micros now) const {
  for (const Router* router = routers_; router != nullptr; router = router->following) {
    if (router->key != key) continue;
    if (router->woke_late || router->yielded) return true;
    return router->advert.armed() && router->content->patience > 0 && now - router->sent_at >= router->content->patience;
  }
  return false;
}

void Core::submit(std::unique_ptr<netlink::Submission>& submission) {
  if (lease_lost.load(std::memory_order_relaxed)) {
    std::fill(submission->errors.begin(), submission->errors.end(), ECANCELED);
    submission->done_at = sys::monotonic_us();
    results_.push(submission.release());
    return;
  }
  start_submission(submission.release());
}

void Core::start_submission(netlink::Submission* submission) {
  submission->following = nullptr;
  (last_under_way_ != nullptr ? last_under_way_->following : first_under_way_) = submission;
  last_under_way_ = submission;
  worker_.submit(submission);
}

bool Core::under_way(uint32_t ticket) const {
  for (auto* submission = first_under_way_; submission != nullptr; submission = submission->following) {
    if (!submission->from_order && submission->ticket == ticket) return true;
  }
  return false;
}

void Core::reserve_timers(std::vector<Timer*>& sending, std::vector<Timer*>& expiring) {
  sending_.reserve(sending);
  expiring_.reserve(expiring);
}

}  // namespace ka::engine
