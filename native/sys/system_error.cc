// SPDX-License-Identifier: MIT
#include "sys/system_error.h"

#include <cerrno>
#include <cstring>
#include <utility>

// strerrorname_np() came with glibc 2.32, and an addon built for older machines must tell the same names.
// clang-format off
#define KA_ERRNO_NAMES(X) \
  X(EPERM) X(ENOENT) X(ESRCH) X(EINTR) X(EIO) X(ENXIO) X(E2BIG) X(ENOEXEC) X(EBADF) X(ECHILD) X(EAGAIN) X(ENOMEM) \
  X(EACCES) X(EFAULT) X(ENOTBLK) X(EBUSY) X(EEXIST) X(EXDEV) X(ENODEV) X(ENOTDIR) X(EISDIR) X(EINVAL) X(ENFILE) \
  X(EMFILE) X(ENOTTY) X(ETXTBSY) X(EFBIG) X(ENOSPC) X(ESPIPE) X(EROFS) X(EMLINK) X(EPIPE) X(EDOM) X(ERANGE) X(EDEADLK) \
  X(ENAMETOOLONG) X(ENOLCK) X(ENOSYS) X(ENOTEMPTY) X(ELOOP) X(ENOMSG) X(EIDRM) X(ECHRNG) X(EL2NSYNC) X(EL3HLT) \
  X(EL3RST) X(ELNRNG) X(EUNATCH) X(ENOCSI) X(EL2HLT) X(EBADE) X(EBADR) X(EXFULL) X(ENOANO) X(EBADRQC) X(EBADSLT) \
  X(EBFONT) X(ENOSTR) X(ENODATA) X(ETIME) X(ENOSR) X(ENONET) X(ENOPKG) X(EREMOTE) X(ENOLINK) X(EADV) X(ESRMNT) \
  X(ECOMM) X(EPROTO) X(EMULTIHOP) X(EDOTDOT) X(EBADMSG) X(EOVERFLOW) X(ENOTUNIQ) X(EBADFD) X(EREMCHG) X(ELIBACC) \
  X(ELIBBAD) X(ELIBSCN) X(ELIBMAX) X(ELIBEXEC) X(EILSEQ) X(ERESTART) X(ESTRPIPE) X(EUSERS) X(ENOTSOCK) \
  X(EDESTADDRREQ) X(EMSGSIZE) X(EPROTOTYPE) X(ENOPROTOOPT) X(EPROTONOSUPPORT) X(ESOCKTNOSUPPORT) X(EPFNOSUPPORT) \
  X(EAFNOSUPPORT) X(EADDRINUSE) X(EADDRNOTAVAIL) X(ENETDOWN) X(ENETUNREACH) X(ENETRESET) X(ECONNABORTED) \
  X(ECONNRESET) X(ENOBUFS) X(EISCONN) X(ENOTCONN) X(ESHUTDOWN) X(ETOOMANYREFS) X(ETIMEDOUT) X(ECONNREFUSED) \
  X(EHOSTDOWN) X(EHOSTUNREACH) X(EALREADY) X(EINPROGRESS) X(ESTALE) X(EUCLEAN) X(ENOTNAM) X(ENAVAIL) X(EISNAM) \
  X(EREMOTEIO) X(EDQUOT) X(ENOMEDIUM) X(EMEDIUMTYPE) X(ECANCELED) X(ENOKEY) X(EKEYEXPIRED) X(EKEYREVOKED) \
  X(EKEYREJECTED) X(EOWNERDEAD) X(ENOTRECOVERABLE) X(ERFKILL) X(EHWPOISON) X(EOPNOTSUPP)
// clang-format on

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
  switch (error) {
#define KA_ERRNO_CASE(name) \
  case name:                \
    return #name;
    KA_ERRNO_NAMES(KA_ERRNO_CASE)
#undef KA_ERRNO_CASE
    default:
      return "E" + std::to_string(error);
  }
}

SystemError::SystemError(int error, std::string syscall, std::string detail)
    : error_(error), syscall_(std::move(syscall)) {
  text_ = errno_name(error) + ": " + describe(error) + ", " + syscall_;
  if (!detail.empty()) text_ += " '" + detail + "'";
}

}  // namespace ka::sys
