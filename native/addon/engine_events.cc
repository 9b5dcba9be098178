// SPDX-License-Identifier: MIT
#include "addon/engine_events.h"

#include "addon/args.h"
#include "addon/codec_args.h"
#include "addon/netlink_binding.h"
#include "addon/policy_binding.h"
#include "netlink/types.h"

namespace ka::addon {

namespace {

void FillAdvert(Napi::Env env, Napi::Object object, const engine::Event& event) {
  object.Set("kind", "advert");
  object.Set("key", event.key);
  object.Set("source", AddressString(env, event.address));
  object.Set("priority", event.priority);
  object.Set("interval", static_cast<double>(event.first));
  object.Set("ttl", event.ttl);
  object.Set("addressMismatch", MismatchName(event.address_mismatch));
  object.Set("mismatchDetail", static_cast<double>(event.second));
  object.Set("intervalMismatch", event.interval_mismatch);
  object.Set("ahSynced", event.ah_synced);
  object.Set("clockSkew", event.clock_skew);
  if (event.old_unicast_sum) object.Set("oldUnicastSum", true);
  object.Set("number", static_cast<double>(event.number));
  if (event.done) object.Set("done", true);
}

void FillRefused(Napi::Env env, Napi::Object object, const engine::Event& event) {
  object.Set("kind", "refused");
  object.Set("key", event.key);
  object.Set("reason", codec::refusal_name(event.reason));
  object.Set("source", AddressString(env, event.address));
  object.Set("received", static_cast<double>(event.first));
  object.Set("expected", static_cast<double>(event.second));
}

void FillExpired(Napi::Object object, const engine::Event& event) {
  object.Set("kind", "expired");
  object.Set("key", event.key);
  object.Set("generation", static_cast<double>(event.first));
  object.Set("late", static_cast<double>(event.second));
  object.Set("number", static_cast<double>(event.number));
  if (event.done) object.Set("done", true);
  if (event.third > 0) object.Set("advertised", static_cast<double>(event.third));
}

void FillSendFailed(Napi::Env env, Napi::Object object, const engine::Event& event) {
  object.Set("kind", "send_failed");
  object.Set("key", event.key);
  object.Set("errno", static_cast<double>(event.first));
  object.Set("destination", AddressString(env, event.address));
}

void FillNetlinkDone(Napi::Env env, Napi::Object object, const netlink::Submission& submission) {
  auto errors = Napi::Array::New(env, submission.errors.size());
  for (uint32_t i = 0; i < submission.errors.size(); ++i) errors.Set(i, submission.errors[i]);
  object.Set("kind", "netlink_done");
  object.Set("ticket", submission.ticket);
  object.Set("errors", errors);
}

void FillChange(Napi::Env env, Napi::Object object, const netlink::Change& change) {
  using netlink::ChangeKind;
  switch (change.kind) {
    case ChangeKind::link_new:
    case ChangeKind::link_deleted:
      object.Set("kind", "link");
      object.Set("change", change.kind == ChangeKind::link_new ? "new" : "deleted");
      object.Set("link", LinkObject(env, change.link));
      break;
    case ChangeKind::address_new:
    case ChangeKind::address_deleted:
      object.Set("kind", "address");
      object.Set("change", change.kind == ChangeKind::address_new ? "new" : "deleted");
      object.Set("address", AddressObject(env, change.address));
      break;
    case ChangeKind::route_deleted:
    case ChangeKind::route_replaced:
      object.Set("kind", "route");
      object.Set("change", change.kind == ChangeKind::route_deleted ? "deleted" : "replaced");
      object.Set("route", RouteObject(env, change.route));
      break;
    case ChangeKind::rule_deleted:
      object.Set("kind", "rule");
      object.Set("rule", RuleObject(env, change.rule));
      break;
    case ChangeKind::overrun:
      object.Set("kind", "netlink_overrun");
      break;
  }
}

Napi::Object EventObject(Napi::Env env, const engine::Event& event) {
  using engine::EventKind;
  auto object = Napi::Object::New(env);
  object.Set("at", static_cast<double>(event.at));
  switch (event.kind) {
    case EventKind::advert:
      FillAdvert(env, object, event);
      break;
    case EventKind::refused:
      FillRefused(env, object, event);
      break;
    case EventKind::expired:
      FillExpired(object, event);
      break;
    case EventKind::send_failed:
      FillSendFailed(env, object, event);
      break;
    case EventKind::netlink_done:
      FillNetlinkDone(env, object, static_cast<const netlink::Submission&>(*event.object));
      break;
    case EventKind::change:
      FillChange(env, object, static_cast<const netlink::Change&>(*event.object));
      break;
    case EventKind::lease_lost:
      object.Set("kind", "lease_lost");
      break;
    case EventKind::woke_late:
      object.Set("kind", "woke_late");
      object.Set("key", event.key);
      object.Set("late", static_cast<double>(event.first));
      break;
    case EventKind::spoke_again:
      object.Set("kind", "spoke_again");
      object.Set("key", event.key);
      break;
    case EventKind::session_lost:
      object.Set("kind", "session_lost");
      object.Set("key", event.key);
      object.Set("number", static_cast<double>(event.number));
      break;
  }
  return object;
}

}  // namespace

Napi::Array EventArray(Napi::Env env, std::span<const engine::Event> events) {
  auto array = Napi::Array::New(env, events.size());
  for (uint32_t i = 0; i < events.size(); ++i) {
    Napi::HandleScope scope(env);
    array.Set(i, EventObject(env, events[i]));
  }
  return array;
}

}  // namespace ka::addon
