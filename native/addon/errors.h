// SPDX-License-Identifier: MIT
// How failures cross into JavaScript: TypeError for arguments, Error{code, errno, syscall} for system calls.
#pragma once

#include <napi.h>

#include <exception>
#include <string>

#include "sys/system_error.h"

namespace ka::addon {

/// Error as Node's own: code "EPERM", errno −1 (negative, as everywhere in Node), syscall "socket".
Napi::Error MakeSystemError(Napi::Env env, const sys::SystemError& error);

/// The TypeError for an argument: "<what> must be <wanted>".
Napi::TypeError MakeArgumentError(Napi::Env env, const std::string& what, const std::string& wanted);

/// Wraps the implementation of an exported function or method: C++ exceptions become JavaScript ones.
template <typename Implementation>
auto Guarded(Implementation implementation) {
  return [implementation](const Napi::CallbackInfo& info) mutable -> Napi::Value {
    try {
      return implementation(info);
    } catch (const sys::SystemError& error) {
      throw MakeSystemError(info.Env(), error);
    } catch (const Napi::Error&) {
      throw;
    } catch (const std::exception& error) {
      throw Napi::Error::New(info.Env(), error.what());
    }
  };
}

/// Wraps the body of a thread-safe function's callback. What JavaScript throws there becomes an uncaught
/// exception; left to itself, Node-API 9 only warns about it (DEP0168) and goes on as if nothing had
/// happened. A worker thread may be terminated meanwhile: every call into V8 fails from then on, even the one
/// that asks for the exception, and there is nobody left to tell.
template <typename Body>
void Delivering(Napi::Env env, Body body) {
  try {
    try {
      body();
    } catch (const Napi::Error& error) {
      if (!error.IsEmpty()) napi_fatal_exception(env, error.Value());
    }
  } catch (const Napi::Error&) {
  }
}

/// Adds one function to the exports (or to an object that stands for a native one), with Guarded around it.
template <typename Implementation>
void Export(Napi::Object target, const char* name, Implementation implementation) {
  target.Set(name, Napi::Function::New(target.Env(), Guarded(std::move(implementation)), name));
}

}  // namespace ka::addon
