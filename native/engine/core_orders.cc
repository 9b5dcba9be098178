// Standing orders at work (standing.h).
#include <algorithm>

#include "engine/core.h"

namespace ka::engine {

namespace {

/// There is more to it than priority and source.
bool is_odd(const codec::Verdict& verdict) {
  return verdict.address_mismatch != codec::AddressMismatch::none || verdict.interval_mismatch ||
         verdict.clock_skew != 0 || verdict.old_unicast_sum;
}

}  // namespace

void Core::set_orders(std::span<Router* const> all, std::unique_ptr<Orders>& orders, uint64_t hold) {
  Unit& unit = all.front()->own_unit;
  for (Router* router : all) {
    if (router->unit != &unit) drop_orders(*router->unit);
    router->unit = &unit;
    router->stance = {};
  }
  unit.standing = false;
  unit.orders.swap(orders);
  for (const Orders::Member& member : unit.orders->members) member.router->stance = member.stance;
  let_stand(unit, hold);
}

void Core::confirm_orders(Router& leader, std::span<const Confirmation> confirmations, uint64_t hold) {
  Unit& unit = leader.own_unit;
  // A router that went took them along.
  if (unit.orders == nullptr || unit.orders->members.size() != confirmations.size()) return;
  for (size_t i = 0; i < confirmations.size(); ++i) {
    Orders::Member& member = unit.orders->members[i];
    if (member.key != confirmations[i].key) return;
    member.router->stance.generation = confirmations[i].generation;
    member.read = confirmations[i].read;
  }
  unit.orders->deeds.clear();
  let_stand(unit, hold);
}

void Core::let_stand(Unit& unit, uint64_t hold) {
  if (lease_lost.load(std::memory_order_relaxed)) return;
  // Where no deadline runs there is none to be mistaken for another.
  if (unit.orders->active) {
    for (const Orders::Member& member : unit.orders->members) member.router->generation = member.router->stance.generation;
  }
  const auto caught_up = [](const Orders::Member& member) {
    return member.router->told_last <= member.read && member.router->generation == member.router->stance.generation;
  };
  // JavaScript decides about what is on its way to it, and confirms then.
  if (!std::ranges::all_of(unit.orders->members, caught_up)) return;
  unit.standing = unit.hold.release(hold);
}

void Core::drop_orders(Unit& unit) {
  unit.standing = false;
  if (unit.orders != nullptr) retired_.push(unit.orders.release());
}

void Core::must_decide(Router& router, Event& event) {
  router.unit->standing = false;
  router.told_last = ++last_told_;
  // An advert that came before the expiry was noticed is decided on first.
  if (event.kind == EventKind::expired) event.at = std::max(event.at, router.told_at);
  router.told_at = std::max(event.at, router.told_at);
}

Core::Acted Core::act_on_advert(Router& router, const Packet& packet, const codec::Verdict& verdict) {
  Unit& unit = *router.unit;
  Stance& stance = router.stance;
  if (!unit.standing) return Acted::not_at_all;
  if (unit.orders->active) return give_way(router, packet, verdict) ? Acted::told_as_done : Acted::not_at_all;
  if (router.generation != stance.generation || !router.deadline.armed()) return Acted::not_at_all;
  sys::Micros wait = stance.skew;
  bool is_deed = true;
  if (verdict.priority > 0) {
    if (is_odd(verdict) || !stance.refresh || verdict.priority != stance.refresh->priority ||
        verdict.interval_us != stance.refresh->interval_us || !(packet.source == stance.refresh->source)) {
      return Acted::not_at_all;
    }
    wait = stance.refresh->down;
    is_deed = stance.held;
  }
  std::vector<Deed>& deeds = unit.orders->deeds;
  if (wait == 0 || (is_deed && deeds.size() == deeds.capacity()) || !unit.hold.take()) return Acted::not_at_all;
  expiring_.arm(router.deadline, packet.at + wait);
  router.put_off = false;
  if (is_deed) {
    deeds.push_back({true, router.key, packet.at, packet.source, verdict.priority, verdict.interval_us});
    stance.generation = ++router.generation;
    if (verdict.priority > 0) stance.held = false;
  }
  unit.hold.give_back();
  return is_deed ? Acted::told_as_done : Acted::silently;
}

// Noticed more than an interval late, say after a pause of the whole machine: the socket may have been too full for the
// adverts that came last. One of an Active router that lives comes within an interval.
bool Core::put_off(Router& router, sys::Micros now) {
  Unit& unit = *router.unit;
  const Stance& stance = router.stance;
  if (router.put_off || !unit.standing || !stance.refresh || router.generation != stance.generation) return false;
  if (now - router.deadline.due <= stance.refresh->interval_us || !unit.hold.take()) return false;
  router.put_off = true;
  expiring_.arm(router.deadline, now + stance.refresh->interval_us);
  unit.hold.give_back();
  return true;
}

bool Core::act_on_expiry(Router& router, Event& event) {
  Unit& unit = *router.unit;
  Stance& stance = router.stance;
  if (!unit.standing || router.generation != stance.generation) return false;
  Orders& orders = *unit.orders;
  if (orders.active || orders.takeover == nullptr || orders.deeds.size() == orders.deeds.capacity()) return false;
  const bool leads = std::ranges::all_of(orders.members, [&](const Orders::Member& member) {
    return member.router == &router || member.router->stance.held;
  });
  if ((!leads && stance.wait == 0) || !unit.hold.take()) return false;
  orders.deeds.push_back({false, router.key, event.at, {}, 0, event.second});
  if (!leads) {
    stance.held = true;
    stance.generation = ++router.generation;
    expiring_.arm(router.deadline, event.at + stance.wait);
    unit.hold.give_back();
    return true;
  }
  // From here on it is theirs to give way, if that is ordered too.
  unit.standing = orders.yield != nullptr;
  orders.active = true;
  for (const Orders::Member& member : orders.members) expiring_.disarm(member.router->deadline);
  unit.hold.give_back();
  event.third = take_over(*orders.takeover);
  return true;
}

// All adverts before anything else: others wait for them. Then one batch for the netlink thread, and what tells the
// neighbours, when it is answered.
sys::Micros Core::take_over(Takeover& takeover) {
  for (Takeover::Part& part : takeover.parts) {
    advertiser_.start(*part.router, part.content, part.every, 0);
    part.router->resignation.swap(part.resignation);
  }
  const sys::Micros now = sys::monotonic_us();
  if (takeover.netlink != nullptr) start_submission(takeover.netlink.release());
  for (const Takeover::Part& part : takeover.parts) part.router->renewed->store(true);
  for (std::unique_ptr<AnnouncePlan>& plan : takeover.announcements) {
    if (plan->at > 0) plan->at += now;
    announce(plan);
  }
  return now;
}

// The winner is there already, so all fall silent before anything else; then the addresses go as one batch.
bool Core::give_way(Router& router, const Packet& packet, const codec::Verdict& verdict) {
  Unit& unit = *router.unit;
  Orders& orders = *unit.orders;
  const std::optional<Concession>& concession = router.stance.concession;
  if (orders.yield == nullptr || !concession || is_odd(verdict) || verdict.interval_us != concession->interval_us) return false;
  const bool loses = verdict.priority > concession->priority ||
                     (verdict.priority == concession->priority && concession->address < packet.source);
  // A rival heard after a pause has its own rules.
  if (!loses || router.woke_late || !router.advert.armed()) return false;
  if (orders.deeds.size() == orders.deeds.capacity() || !unit.hold.take()) return false;
  orders.deeds.push_back({true, router.key, packet.at, packet.source, verdict.priority, verdict.interval_us});
  unit.standing = false;
  if (concession->last_word) advertiser_.once(router);
  for (Yield::Part& part : orders.yield->parts) {
    Router& yielding = *part.router;
    advertiser_.quiet(yielding, 0);
    yielding.resignation.swap(part.resignation);
    yielding.put_off = false;
    ++yielding.generation;
    expiring_.arm(yielding.deadline, packet.at + part.down);
  }
  unit.hold.give_back();
  for (const Yield::Part& part : orders.yield->parts) {
    announcer_.cancel(part.key);
    // Before the removal: a renewal must not bring back what that takes.
    part.router->renewed->store(false);
  }
  if (orders.yield->netlink != nullptr) start_submission(orders.yield->netlink.release());
  return true;
}

}  // namespace ka::engine
