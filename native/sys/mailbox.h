// SPDX-License-Identifier: MIT
// How threads hand objects to each other here: an intrusive list that is pushed and emptied with one atomic
// instruction each. Nothing is copied, allocated or locked, it is never full and it keeps the order of each
// sender. What bounds it is the sender, which counts what it has outstanding; ownership goes with the object,
// and what the real-time threads are done with goes back through a mailbox too, so that only the JavaScript
// thread frees memory.
#pragma once

#include <atomic>

namespace ka::sys {

/// Base of everything that changes threads. An object is in at most one mailbox or list at a time.
struct Handover {
  Handover* next = nullptr;
  virtual ~Handover() = default;
  Handover() = default;
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;
};

/// Any number of senders, one receiver. The receiver's destructor duty: whatever is left is deleted.
template <typename T>
class Mailbox {
 public:
  Mailbox() = default;
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() {
    for (T* item = take(); item != nullptr;) {
      T* following = static_cast<T*>(item->next);
      delete item;
      item = following;
    }
  }

  /// true when the box was empty: then, and only then, the receiver must be woken.
  bool push(T* item) {
    Handover* head = head_.load(std::memory_order_relaxed);
    do {
      item->next = head;
    } while (!head_.compare_exchange_weak(head, item, std::memory_order_acq_rel, std::memory_order_relaxed));
    return head == nullptr;
  }

  /// A look, not an answer: what is pushed just now may be missed.
  bool empty() const { return head_.load(std::memory_order_relaxed) == nullptr; }

  /// Everything pushed so far, oldest first, linked by `next`. A sender's wake-up must be consumed before
  /// this.
  T* take() {
    Handover* newest = head_.exchange(nullptr, std::memory_order_acquire);
    Handover* oldest = nullptr;
    while (newest != nullptr) {
      Handover* older = newest->next;
      newest->next = oldest;
      oldest = newest;
      newest = older;
    }
    return static_cast<T*>(oldest);
  }

 private:
  std::atomic<Handover*> head_{nullptr};
};

/// First in, first out, within one thread. Does not own.
template <typename T>
class Fifo {
 public:
  bool empty() const { return first_ == nullptr; }
  T* first() const { return first_; }
  void push(T* item) {
    item->next = nullptr;
    if (last_ != nullptr) {
      last_->next = item;
    } else {
      first_ = item;
    }
    last_ = item;
  }
  T* pop() {
    T* item = first_;
    first_ = static_cast<T*>(item->next);
    if (first_ == nullptr) last_ = nullptr;
    return item;
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
};

}  // namespace ka::sys
