// Hears who else claims our virtual addresses by ARP or Neighbor Discovery: one packet socket for each
// interface and family that holds some, with a filter that lets through claims of those addresses only. It
// lives beside the engine's thread, so that a flood of claims cannot hold up an advert: whoever polls
// descriptor() calls read(), and after a full batch the descriptor stays quiet for a while.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "codec/claim.h"
#include "sys/unique_fd.h"

namespace ka::engine {

class ClaimListener {
 public:
  using Visit = std::function<void(int32_t ifindex, const codec::Claim& claim)>;

  /// Frames looked at in one go.
  static constexpr int kBatch = 64;

  /// Throws sys::SystemError (EMFILE).
  ClaimListener();

  /// Readable while claims wait.
  int descriptor() const { return outer_.get(); }
  /// Listens for claims of these addresses, all of one family (4 or 6), in place of those given before for the interface
  /// and family; none closes the socket. Throws sys::SystemError (EPERM, ENODEV …); what was heard before goes
  /// on then.
  void watch(int32_t ifindex, uint8_t family, std::span<const codec::Addr> addresses);
  /// Hands out at most kBatch claims. Frames that this host sends are never among them.
  void read(const Visit& visit);

 private:
  struct Socket {
    sys::UniqueFd fd;
    int32_t ifindex = 0;
    uint8_t family = 0;
    std::vector<codec::Addr> addresses;
  };

  int read_socket(Socket& socket, int limit, const Visit& visit);
  void rest();

  sys::UniqueFd outer_;
  sys::UniqueFd sockets_;
  sys::UniqueFd pause_;
  bool resting_ = false;
  std::map<std::pair<int32_t, uint8_t>, Socket> by_interface_;
};

}  // namespace ka::engine
