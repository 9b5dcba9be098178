// SPDX-License-Identifier: MIT
#include "addon/errors.h"

namespace ka::addon {

Napi::Error MakeSystemError(Napi::Env env, const sys::SystemError& error) {
  Napi::Error result = Napi::Error::New(env, error.what());
  result.Set("code", Napi::String::New(env, sys::errno_name(error.error())));
  result.Set("errno", Napi::Number::New(env, -error.error()));
  result.Set("syscall", Napi::String::New(env, error.syscall()));
  return result;
}

Napi::TypeError MakeArgumentError(Napi::Env env, const std::string& what, const std::string& wanted) {
  return Napi::TypeError::New(env, what + " must be " + wanted);
}

}  // namespace ka::addon
