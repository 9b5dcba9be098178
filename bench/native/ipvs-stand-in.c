// SPDX-License-Identifier: MIT
/* Preloaded into keepalived where the kernel has no IPVS: says yes to whatever it asks of it, so that its checks run. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Of the kernel's <linux/ip_vs.h>: 1024 + 64 + 64, and a few more. */
static int is_ipvs(int level, int name) { return level == IPPROTO_IP && name >= 1152 && name < 1200; }

int getsockopt(int fd, int level, int name, void *value, socklen_t *size) {
  if (is_ipvs(level, name)) {
    memset(value, 0, *size);
    return 0;
  }
  int (*real)(int, int, int, void *, socklen_t *) = dlsym(RTLD_NEXT, "getsockopt");
  return real(fd, level, name, value, size);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
  if (is_ipvs(level, name)) return 0;
  int (*real)(int, int, int, const void *, socklen_t) = dlsym(RTLD_NEXT, "setsockopt");
  return real(fd, level, name, value, size);
}
