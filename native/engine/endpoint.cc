// SPDX-License-Identifier: MIT
#include "engine/endpoint.h"

#include <algorithm>

namespace ka::engine {

void Endpoint::attach(Router& router) {
  foreign.remove(receive);
  router.endpoint = this;
  router.same_vrid = by_vrid[router.vrid];
  by_vrid[router.vrid] = &router;
}

void Endpoint::detach(Router& router) {
  foreign.remove(receive);
  Router** link = &by_vrid[router.vrid];
  while (*link != nullptr && *link != &router) link = &(*link)->same_vrid;
  if (*link != nullptr) *link = router.same_vrid;
  router.same_vrid = nullptr;
  router.endpoint = nullptr;
}

Router* Endpoint::find(uint8_t vrid, const codec::Addr& source) const {
  Router* router = by_vrid[vrid];
  if (router == nullptr || router->same_vrid == nullptr) return router;
  for (; router != nullptr; router = router->same_vrid) {
    const auto& peers = router->expectation->peers;
    if (std::any_of(peers.begin(), peers.end(), [&](const auto& peer) { return peer.address == source; }))
      return router;
  }
  return nullptr;
}

uint32_t Endpoint::unknown(uint8_t vrid, sys::Micros at) {
  // The kernel knows VRIDs only, not whose.
  if (by_vrid[vrid] != nullptr) return 1;
  VridSet own{};
  for (size_t i = 0; i < by_vrid.size(); ++i) {
    if (by_vrid[i] != nullptr) own[i / 32] |= uint32_t{1} << (i % 32);
  }
  return foreign.seen(receive, spec.family, spec.protocol, own, at);
}

}  // namespace ka::engine
