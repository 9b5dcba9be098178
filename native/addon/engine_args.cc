#include "addon/engine_args.h"

#include "addon/args.h"
#include "addon/codec_args.h"
#include "addon/netlink_binding.h"
#include "codec/announce.h"

namespace ka::addon {

namespace {

constexpr uint32_t kMostRepeat = 10'000;

}  // namespace

engine::EndpointSpec ReadEndpointSpec(Napi::Value value) {
  static constexpr const char* kKinds[] = {"multicast", "unicast"};
  const auto given = Object(value, "spec");
  engine::EndpointSpec spec;
  spec.family = Integer<uint8_t>(given.Get("family"), "spec.family", 4, 6);
  spec.protocol = Integer<uint8_t>(given.Get("protocol"), "spec.protocol", 51, 112);
  if (spec.protocol != codec::kProtocolVrrp && spec.protocol != codec::kProtocolAh) {
    throw MakeArgumentError(value.Env(), "spec.protocol", "112 or 51");
  }
  spec.multicast = OneOf(given.Get("kind"), "spec.kind", kKinds) == 0;
  spec.ifindex = Integer<int32_t>(given.Get("ifindex"), "spec.ifindex", spec.multicast ? 1 : 0, INT32_MAX);
  spec.ifname = Text(given.Get("ifname"), "spec.ifname");
  spec.address = Address(given.Get("address"), "spec.address");
  if (spec.address.family != spec.family)
    throw MakeArgumentError(value.Env(), "spec.address", "of the family given");
  if (codec::is_multicast(spec.address) != spec.multicast) {
    throw MakeArgumentError(value.Env(), "spec.address",
                            spec.multicast ? "a multicast group" : "a unicast address");
  }
  spec.receive_buffer = Integer<int32_t>(given.Get("receiveBuffer"), "spec.receiveBuffer", 0, INT32_MAX);
  return spec;
}

std::unique_ptr<engine::AnnouncePlan> ReadAnnouncePlan(Napi::Value value) {
  const auto given = Object(value, "plan");
  const auto announcements = Array(given.Get("announcements"), "plan.announcements");
  auto plan = std::make_unique<engine::AnnouncePlan>();
  for (uint32_t i = 0; i < announcements.Length(); ++i) {
    const auto spec = ReadAnnouncement(announcements.Get(i), "plan.announcements[" + std::to_string(i) + "]");
    engine::AnnounceFrame frame;
    frame.ifindex = static_cast<int32_t>(spec.ifindex);
    frame.length =
        static_cast<uint32_t>(codec::encode_announcement(spec.address, spec.mac, spec.router, frame.bytes));
    plan->frames.push_back(frame);
  }
  plan->repeat = Integer<uint32_t>(given.Get("repeat"), "plan.repeat", 0, kMostRepeat);
  plan->at = Microseconds(given.Get("at"), "plan.at");
  plan->after_ticket = Integer<uint32_t>(given.Get("afterTicket"), "plan.afterTicket", 0, UINT32_MAX);
  plan->slot = Integer<uint32_t>(given.Get("slot"), "plan.slot", 0, UINT32_MAX);
  plan->pacing = Microseconds(given.Get("pacing"), "plan.pacing");
  plan->clock = Integer<uint32_t>(given.Get("clock"), "plan.clock", 0, UINT32_MAX);
  return plan;
}

std::unique_ptr<engine::Order> ReadOrder(Napi::Value value) {
  const auto given = Object(value, "order");
  auto order = std::make_unique<engine::Order>();
  order->farewells = Integer<uint32_t>(given.Get("farewells"), "order.farewells", 0, kMostFarewells);
  auto messages = ReadSubmission(given.Get("netlink"), "order.netlink");
  if (!messages->errors.empty()) order->netlink = std::move(messages);
  return order;
}

}  // namespace ka::addon
