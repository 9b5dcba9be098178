// SPDX-License-Identifier: MIT
// BFD control packets: what is refused, and sessions on loopback.
#include "codec/bfd.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "check.h"
#include "engine/bfd_engine.h"
#include "sys/session_channel.h"
#include "sys/stream_socket.h"
#include "sys/system_error.h"

using namespace ka;
using codec::BfdFault;
using codec::BfdPacket;
using engine::BfdEngine;
using engine::BfdEvent;

namespace {

using Bytes = std::array<uint8_t, codec::kBfdSize>;

BfdPacket packet(uint32_t mine, uint32_t yours, uint8_t state) {
  BfdPacket made;
  made.state = state;
  made.multiplier = 3;
  made.my_discriminator = mine;
  made.your_discriminator = yours;
  made.desired_min_tx = 20'000;
  made.required_min_rx = 10'000;
  return made;
}

Bytes bytes_of(const BfdPacket& given) {
  Bytes bytes;
  CHECK(codec::encode_bfd(given, bytes));
  return bytes;
}

BfdFault after(size_t at, uint8_t value) {
  Bytes bytes = bytes_of(packet(7, 9, 3));
  bytes[at] = value;
  BfdPacket out;
  return codec::decode_bfd(bytes, out);
}

codec::Addr address(const char* text) {
  codec::Addr result;
  CHECK(codec::parse_address(text, result));
  return result;
}

/// What happens until a condition holds, at most for the time given.
struct Watched {
  explicit Watched(BfdEngine& engine) : engine(engine) {}
  bool until(const std::function<bool()>& holds, int milliseconds = 3000) {
    const sys::Micros end = sys::monotonic_us() + milliseconds * 1000;
    while (!holds()) {
      if (sys::monotonic_us() > end) return false;
      pollfd asked{engine.descriptor(), POLLIN, 0};
      ::poll(&asked, 1, 10);
      engine.read([&](const BfdEvent& event) { events.push_back(event); });
    }
    return true;
  }
  size_t count(BfdEvent::Kind kind) const {
    return static_cast<size_t>(
        std::count_if(events.begin(), events.end(), [&](const BfdEvent& event) { return event.kind == kind; }));
  }
  BfdEngine& engine;
  std::vector<BfdEvent> events;
};

}  // namespace

TEST("a BFD packet is read as it was written") {
  BfdPacket written = packet(0x01020304, 0xa1b2c3d4, 2);
  written.diagnostic = 8;
  written.poll = true;
  written.demand = true;
  const Bytes bytes = bytes_of(written);
  CHECK(bytes[0] == (1 << 5 | 8) && bytes[1] == (2 << 6 | 0x22) && bytes[3] == 24);
  BfdPacket read;
  CHECK(codec::decode_bfd(bytes, read) == BfdFault::none);
  CHECK(read.diagnostic == 8 && read.state == 2 && read.poll && !read.final && read.demand);
  CHECK(read.my_discriminator == 0x01020304 && read.your_discriminator == 0xa1b2c3d4);
  CHECK(read.desired_min_tx == 20'000 && read.required_min_rx == 10'000 && read.multiplier == 3);
  std::array<uint8_t, codec::kBfdSize - 1> small;
  CHECK(!codec::encode_bfd(written, small));
}

TEST("BFD packets that no session may take are refused") {
  CHECK(after(0, 2 << 5) == BfdFault::version);
  CHECK(after(0, 1 << 5 | 9) == BfdFault::diagnostic);
  CHECK(after(1, 0xc1) == BfdFault::multipoint);
  CHECK(after(1, 0xf0) == BfdFault::poll_and_final);
  CHECK(after(2, 0) == BfdFault::multiplier);
  CHECK(after(3, 23) == BfdFault::length);
  CHECK(after(3, 26) == BfdFault::length);
  BfdPacket out;
  CHECK(codec::decode_bfd(bytes_of(packet(0, 9, 3)), out) == BfdFault::my_discriminator);
  for (const uint8_t state : {0, 1, 2, 3}) {
    const auto fault = codec::decode_bfd(bytes_of(packet(7, 0, state)), out);
    CHECK(fault == (state > 1 ? BfdFault::your_discriminator : BfdFault::none));
  }
}

TEST("BFD packets cut, lengthened, with any bit flipped and of random bytes are looked at without a fault") {
  const Bytes whole = bytes_of(packet(7, 9, 3));
  BfdPacket out;
  for (size_t length = 0; length < whole.size(); ++length) {
    const std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(codec::decode_bfd(cut, out) == BfdFault::too_short);
  }
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    codec::decode_bfd(flipped, out);
  }
  std::mt19937 random(8);
  for (int i = 0; i < 50'000; ++i) {
    std::vector<uint8_t> bytes(random() % 64);
    for (auto& byte : bytes) byte = static_cast<uint8_t>(random());
    codec::decode_bfd(bytes, out);
  }
}

TEST("a BFD session hears itself on loopback, at its pace, and notices silence") {
  BfdEngine engine(0);
  Watched watched(engine);
  engine::BfdSpec spec;
  spec.neighbour = address("127.0.0.1");
  spec.source = spec.neighbour;
  engine.add(1, spec);
  engine.identify(1, 42);
  // The neighbour is ourselves: what we send for discriminator 42 comes back to the session.
  engine.transmit(1, packet(42, 42, 3), 5'000, true);
  CHECK(watched.until([&] { return !watched.events.empty(); }));
  CHECK(watched.events[0].kind == BfdEvent::Kind::packet && watched.events[0].key == 1);
  engine.watch(1, 100'000, true);
  watched.events.clear();
  // At rest nothing is told although packets keep coming.
  CHECK(!watched.until([&] { return !watched.events.empty(); }, 300));
  const sys::Micros stopped = sys::monotonic_us();
  engine.transmit(1, packet(42, 42, 3), 0, false);
  CHECK(watched.until([&] { return watched.count(BfdEvent::Kind::expired) == 1; }));
  const sys::Micros at = watched.events.back().at;
  CHECK(at > stopped + 90'000 && at <= stopped + 101'000);
  // Told once.
  CHECK(!watched.until([&] { return watched.count(BfdEvent::Kind::expired) > 1; }, 200));
  // A poll is told even when nothing else is new.
  engine.watch(1, 0, true);
  BfdPacket poll = packet(42, 42, 3);
  poll.poll = true;
  engine.send(1, poll);
  CHECK(watched.until([&] { return watched.events.back().packet.poll; }));
  engine.remove(1);
  engine.remove(1);
  engine.send(1, poll);
}

TEST("BFD packets by a wrong way, of strangers and malformed ones reach no session") {
  BfdEngine engine(0);
  Watched watched(engine);
  engine::BfdSpec spec;
  spec.neighbour = address("127.0.0.1");
  engine.add(1, spec);
  engine.identify(1, 42);
  const int out = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(3784);
  const auto send = [&](const BfdPacket& given, int ttl) {
    const Bytes bytes = bytes_of(given);
    ::setsockopt(out, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
    ::sendto(out, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  };
  send(packet(7, 42, 3), 254);
  send(packet(7, 43, 3), 255);
  BfdPacket authenticated = packet(7, 42, 3);
  authenticated.authenticated = true;
  send(authenticated, 255);
  ::sendto(out, "x", 1, 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  CHECK(!watched.until([&] { return watched.count(BfdEvent::Kind::packet) > 0; }, 200));
  // However many come, they are told once a second.
  CHECK(watched.count(BfdEvent::Kind::refused) == 1);
  CHECK(watched.events[0].refusal == engine::BfdRefusal::ttl);
  // Of malformed, unknown, ttl, authenticated.
  CHECK((engine.refused() == std::array<uint64_t, engine::kBfdRefusals>{1, 1, 1, 1}));
  // Without a discriminator the addresses tell whose it is.
  send(packet(7, 0, 1), 255);
  CHECK(watched.until([&] { return watched.count(BfdEvent::Kind::packet) == 1; }));
  bool refused = false;
  try {
    spec.source = address("192.0.2.250");
    engine.add(2, spec);
  } catch (const sys::SystemError& error) {
    refused = error.error() == EADDRNOTAVAIL;
  }
  CHECK(refused);
  ::close(out);
}

TEST("the end of a BFD session that is up is told to the other engine, once, and odd words there are skipped") {
  const auto [told, heard] = sys::socket_pair(SOCK_DGRAM);
  BfdEngine engine(0, told.get());
  Watched watched(engine);
  engine::BfdSpec spec;
  spec.neighbour = address("127.0.0.1");
  spec.source = spec.neighbour;
  engine.add(1, spec);
  engine.identify(1, 42);
  sys::SessionLoss loss;
  const auto lose = [&] {
    watched.events.clear();
    engine.transmit(1, packet(42, 42, 3), 5'000, true);
    engine.watch(1, 40'000, false);
    CHECK(watched.until([&] { return watched.count(BfdEvent::Kind::packet) > 0; }));
    engine.transmit(1, packet(42, 42, 3), 0, false);
    CHECK(watched.until([&] { return watched.count(BfdEvent::Kind::expired) == 1; }));
  };
  lose();
  CHECK(!sys::hear_loss(heard.get(), loss));
  engine.alarm(1, "a name of more than thirty-one bytes");
  CHECK(::send(told.get(), "odd", 3, 0) == 3);
  CHECK(::send(told.get(), std::array<char, 200>{}.data(), 200, 0) == 200);
  lose();
  CHECK(sys::hear_loss(heard.get(), loss) && loss.session == sys::session_name("a name of more than thirty-one b"));
  CHECK(!sys::hear_loss(heard.get(), loss));
  lose();
  CHECK(!sys::hear_loss(heard.get(), loss));
  // The neighbour's word ends it too, an administrator's does not.
  for (const uint8_t state : {uint8_t{0}, uint8_t{1}}) {
    engine.alarm(1, "peer");
    watched.events.clear();
    engine.send(1, packet(42, 42, state));
    CHECK(watched.until([&] { return watched.count(BfdEvent::Kind::packet) > 0; }));
    CHECK(sys::hear_loss(heard.get(), loss) == (state == 1));
  }
  // Nobody reads, or there is no socket: nothing is waited for.
  for (int i = 0; i < 10'000; ++i) sys::tell_loss(told.get(), loss);
  sys::tell_loss(-1, loss);
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  CHECK(sys::is_session_channel(told.get()) && !sys::is_session_channel(null) && !sys::is_session_channel(-1));
  ::close(null);
}
