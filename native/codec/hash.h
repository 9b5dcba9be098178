// SPDX-License-Identifier: MIT
// HMAC (RFC 2104) over the hashes of the OpenSSL that Node carries and exports: nothing is linked. Its own
// HMAC and EVP allocate with every message (measured: OpenSSL 3.0, once per digest), which the engine thread
// must not; the hash functions below them work on plain structures, so a key is two of those, made in
// advance.
#pragma once

#include <openssl/md5.h>
#include <openssl/sha.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace ka::codec {

struct Md5 {
  using State = MD5_CTX;
  static constexpr size_t kSize = MD5_DIGEST_LENGTH;
  static void begin(State& state);
  static void add(State& state, std::span<const uint8_t> bytes);
  static void end(State& state, std::span<uint8_t, kSize> digest);
};

struct Sha256 {
  using State = SHA256_CTX;
  static constexpr size_t kSize = SHA256_DIGEST_LENGTH;
  static void begin(State& state);
  static void add(State& state, std::span<const uint8_t> bytes);
  static void end(State& state, std::span<uint8_t, kSize> digest);
};

/// A key, ready to use any number of times without touching the heap. Its memory is wiped when it goes.
template <typename Hash>
class Hmac {
 public:
  using Digest = std::array<uint8_t, Hash::kSize>;

  /// Keys longer than 64 bytes are hashed first, as RFC 2104 says.
  explicit Hmac(std::span<const uint8_t> key);
  Hmac(const Hmac&) = default;
  Hmac& operator=(const Hmac&) = default;
  ~Hmac();

  /// Of the parts one behind the other.
  Digest of(std::initializer_list<std::span<const uint8_t>> parts) const;

 private:
  typename Hash::State inner_;
  typename Hash::State outer_;
};

extern template class Hmac<Md5>;
extern template class Hmac<Sha256>;

/// Takes as long for the first wrong byte as for the last. false for different lengths.
bool same_in_constant_time(std::span<const uint8_t> a, std::span<const uint8_t> b);

}  // namespace ka::codec
