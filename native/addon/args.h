// SPDX-License-Identifier: MIT
// Typed readers of JavaScript values, composed per method. Each takes the value and the name it has for the
// caller, and throws TypeError("<name> must be …") for anything else, so that no half-read argument gets into
// a native object.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <string>

#include "addon/errors.h"
#include "codec/address.h"

namespace ka::addon {

/// A whole number in [low, high]; the type of the result is that of the bounds.
template <typename T>
T Integer(Napi::Value value, const std::string& name, T low, T high) {
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number >= static_cast<double>(low) && number <= static_cast<double>(high) &&
        std::trunc(number) == number) {
      return static_cast<T>(number);
    }
  }
  throw MakeArgumentError(value.Env(), name,
                          "an integer from " + std::to_string(low) + " to " + std::to_string(high));
}

/// A time or duration in whole µs, `low` up to 2^53 − 1.
inline int64_t Microseconds(Napi::Value value, const std::string& name, int64_t low = 0) {
  return Integer<int64_t>(value, name, low, (int64_t{1} << 53) - 1);
}

inline bool Boolean(Napi::Value value, const std::string& name) {
  if (!value.IsBoolean()) throw MakeArgumentError(value.Env(), name, "a boolean");
  return value.As<Napi::Boolean>().Value();
}

/// Text without zero bytes, which the system's interfaces would silently cut.
inline std::string Text(Napi::Value value, const std::string& name) {
  if (!value.IsString()) throw MakeArgumentError(value.Env(), name, "a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos)
    throw MakeArgumentError(value.Env(), name, "a string without zero bytes");
  return text;
}

/// The bytes of a Uint8Array or Buffer. Valid for this call only: copy what has to stay.
inline std::span<const uint8_t> Bytes(Napi::Value value, const std::string& name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw MakeArgumentError(value.Env(), name, "a Uint8Array");
  }
  const auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ElementLength()};
}

/// Exactly N bytes.
template <size_t N>
std::span<const uint8_t, N> FixedBytes(Napi::Value value, const std::string& name) {
  const auto bytes = Bytes(value, name);
  if (bytes.size() != N) throw MakeArgumentError(value.Env(), name, std::to_string(N) + " bytes");
  return bytes.first<N>();
}

/// A numeric IPv4 or IPv6 address, without prefix or zone.
inline codec::Addr Address(Napi::Value value, const std::string& name) {
  codec::Addr address;
  if (!value.IsString() || !codec::parse_address(value.As<Napi::String>().Utf8Value(), address)) {
    throw MakeArgumentError(value.Env(), name, "a numeric IP address");
  }
  return address;
}

inline Napi::Object Object(Napi::Value value, const std::string& name) {
  if (!value.IsObject()) throw MakeArgumentError(value.Env(), name, "an object");
  return value.As<Napi::Object>();
}

inline Napi::Array Array(Napi::Value value, const std::string& name) {
  if (!value.IsArray()) throw MakeArgumentError(value.Env(), name, "an array");
  return value.As<Napi::Array>();
}

inline Napi::Function Function(Napi::Value value, const std::string& name) {
  if (!value.IsFunction()) throw MakeArgumentError(value.Env(), name, "a function");
  return value.As<Napi::Function>();
}

/// Index of a string in a closed list of names.
template <size_t N>
size_t OneOf(Napi::Value value, const std::string& name, const char* const (&names)[N]) {
  if (value.IsString()) {
    const std::string text = value.As<Napi::String>().Utf8Value();
    for (size_t i = 0; i < N; ++i) {
      if (text == names[i]) return i;
    }
  }
  std::string wanted = "one of";
  for (const char* candidate : names) wanted += std::string(" '") + candidate + "'";
  throw MakeArgumentError(value.Env(), name, wanted);
}

/// JavaScript's text of an address; '' for none.
inline Napi::String AddressString(Napi::Env env, const codec::Addr& address) {
  codec::AddressText buffer;
  const auto text = codec::print_address(address, buffer);
  return Napi::String::New(env, text.data(), text.size());
}

/// A fresh Uint8Array with a copy of the bytes.
inline Napi::Uint8Array CopyBytes(Napi::Env env, std::span<const uint8_t> bytes) {
  auto array = Napi::Uint8Array::New(env, bytes.size());
  std::copy(bytes.begin(), bytes.end(), array.Data());
  return array;
}

}  // namespace ka::addon
