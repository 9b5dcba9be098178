// SPDX-License-Identifier: MIT
#include "engine/guard.h"

#include <sys/mman.h>

#include "sys/unique_fd.h"

namespace ka::engine {

GuardTable::GuardTable(int fd) {
  if (fd < 0) return;
  const sys::UniqueFd closing(fd);
  void* at = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at != MAP_FAILED) slots_ = static_cast<GuardSlot*>(at);
}

GuardTable::~GuardTable() {
  if (slots_ != nullptr) ::munmap(slots_, kBytes);
}

GuardSlot* GuardTable::claim(uint32_t key) {
  if (slots_ == nullptr || key >= kSlots) return nullptr;
  GuardSlot* slot = &slots_[key];
  // Written here, so that the engine thread finds the page there.
  slot->every.store(0, std::memory_order_relaxed);
  slot->sent(0, 0);
  return slot;
}

}  // namespace ka::engine
