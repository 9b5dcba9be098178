// SPDX-License-Identifier: MIT
// A failed system call, as an exception that the addon turns into Error{code, errno, syscall}.
#pragma once

#include <cerrno>
#include <exception>
#include <string>

namespace ka::sys {

class SystemError : public std::exception {
 public:
  /// error: an errno value (positive); syscall: its name; detail: what it was about, may be empty.
  SystemError(int error, std::string syscall, std::string detail = {});

  int error() const { return error_; }
  const std::string& syscall() const { return syscall_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  int error_;
  std::string syscall_;
  std::string text_;
};

/// Symbolic name of an errno value ("EPERM"), "E123" for one the C library does not know.
std::string errno_name(int error);

/// Throws SystemError for the present errno when a call answered −1; hands its result on otherwise.
inline int checked(int result, const char* syscall, const std::string& detail = {}) {
  if (result < 0) throw SystemError(errno, syscall, detail);
  return result;
}

}  // namespace ka::sys
