#include "sys/system_error.h"

#include <cstring>
#include <utility>

namespace ka::sys {

namespace {

// The two strerror_r of the C libraries differ in what they return; overloads take whichever is there.
[[maybe_unused]] std::string reason(int result, const char* buffer) { return result == 0 ? buffer : ""; }
[[maybe_unused]] std::string reason(const char* result, const char*) { return result; }

std::string describe(int error) {
  char buffer[128] = "";
  return reason(::strerror_r(error, buffer, sizeof buffer), buffer);
}

}  // namespace

std::string errno_name(int error) {
#ifdef __GLIBC__
  if (const char* name = ::strerrorname_np(error)) return name;
#endif
  return "E" + std::to_string(error);
}

SystemError::SystemError(int error, std::string syscall, std::string detail)
    : error_(error), syscall_(std::move(syscall)) {
  text_ = errno_name(error) + ": " + describe(error) + ", " + syscall_;
  if (!detail.empty()) text_ += " '" + detail + "'";
}

}  // namespace ka::sys
