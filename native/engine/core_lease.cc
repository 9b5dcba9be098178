// SPDX-License-Identifier: MIT
// The lease (architecture I4, decisions.md section 2): JavaScript renews it; when it runs out, the brain
// hangs and the body must not keep walking. The engine resigns for every router, then tells the supervisor.
#include <unistd.h>

#include "engine/core.h"

namespace ka::engine {
namespace {

// The supervisor kills the process when it is told; the addresses should be gone by then, but a kernel that
// takes longer than this must not keep it from being told.
constexpr sys::Micros kOrderGrace = 500'000;

}  // namespace

void Core::check_lease(sys::Micros now) {
  if (lease_lost.load(std::memory_order_relaxed)) return;
  const sys::Micros until = lease_until.load(std::memory_order_relaxed);
  if (until == 0) {
    expiring_.disarm(lease_timer_);
  } else if (until <= now) {
    lose_lease(now);
  } else if (!lease_timer_.armed() || lease_timer_.due != until) {
    expiring_.arm(lease_timer_, until);
  }
}

void Core::lose_lease(sys::Micros now) {
  lease_lost.store(true);
  expiring_.disarm(lease_timer_);
  announcer_.cancel_all();
  worker_.allow_renewal(false);
  // All farewells before all addresses: the packets are quick, and each lets another router take over.
  for (Router* router = routers_; router != nullptr; router = router->following) {
    router->flight.tell(FlightKind::lease_lost, now, 0, 0);
    router->listening = false;
    router->unit->standing = false;
    expiring_.disarm(router->deadline);
    advertiser_.quiet(*router, router->resignation != nullptr ? router->resignation->farewells : 0);
  }
  for (Router* router = routers_; router != nullptr; router = router->following) {
    if (router->resignation != nullptr) resign(*router->resignation);
  }
  Event event;
  event.kind = EventKind::lease_lost;
  event.at = now;
  stage_.add(event);
  if (orders_under_way_ == 0) {
    lease_orders_done();
  } else {
    sending_.arm(order_grace_, now + kOrderGrace);
  }
}

void Core::resign(Resignation& resignation) {
  if (resignation.netlink == nullptr) return;
  resignation.netlink->from_order = true;
  ++orders_under_way_;
  start_submission(resignation.netlink.release());
}

void Core::lease_orders_done() {
  sending_.disarm(order_grace_);
  if (options_.lease_fd >= 0) {
    [[maybe_unused]] const ssize_t written = ::write(options_.lease_fd, "L\n", 2);
  }
}

void Core::forget_lost_lease() {
  lease_lost.store(false);
  worker_.allow_renewal(true);
}

}  // namespace ka::engine
