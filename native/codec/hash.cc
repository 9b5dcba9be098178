// SPDX-License-Identifier: MIT
// The functions are deprecated in favour of EVP, which cannot do without the heap; see the header.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "codec/hash.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace ka::codec {

void Md5::begin(State& state) { ::MD5_Init(&state); }
void Md5::add(State& state, std::span<const uint8_t> bytes) {
  ::MD5_Update(&state, bytes.data(), bytes.size());
}
void Md5::end(State& state, std::span<uint8_t, kSize> digest) { ::MD5_Final(digest.data(), &state); }

void Sha256::begin(State& state) { ::SHA256_Init(&state); }
void Sha256::add(State& state, std::span<const uint8_t> bytes) {
  ::SHA256_Update(&state, bytes.data(), bytes.size());
}
void Sha256::end(State& state, std::span<uint8_t, kSize> digest) { ::SHA256_Final(digest.data(), &state); }

template <typename Hash>
Hmac<Hash>::Hmac(std::span<const uint8_t> key) {
  constexpr size_t kBlock = 64;  // of both hashes
  std::array<uint8_t, kBlock> pad{};
  if (key.size() > kBlock) {
    typename Hash::State state;
    Hash::begin(state);
    Hash::add(state, key);
    Hash::end(state, std::span(pad).template first<Hash::kSize>());
  } else {
    std::copy(key.begin(), key.end(), pad.begin());
  }
  const auto start = [&](typename Hash::State& state, uint8_t mask) {
    for (uint8_t& byte : pad) byte ^= mask;
    Hash::begin(state);
    Hash::add(state, pad);
  };
  start(inner_, 0x36);
  start(outer_, 0x36 ^ 0x5c);
  ::OPENSSL_cleanse(pad.data(), pad.size());
}

template <typename Hash>
Hmac<Hash>::~Hmac() {
  ::OPENSSL_cleanse(&inner_, sizeof inner_);
  ::OPENSSL_cleanse(&outer_, sizeof outer_);
}

template <typename Hash>
typename Hmac<Hash>::Digest Hmac<Hash>::of(std::initializer_list<std::span<const uint8_t>> parts) const {
  Digest digest;
  typename Hash::State state = inner_;
  for (const auto part : parts) Hash::add(state, part);
  Hash::end(state, digest);
  state = outer_;
  Hash::add(state, digest);
  Hash::end(state, digest);
  return digest;
}

template class Hmac<Md5>;
template class Hmac<Sha256>;

bool same_in_constant_time(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace ka::codec
