// SPDX-License-Identifier: MIT
// The protocol's own times in seconds, written down once more and independently of what is tested.

/** RFC 3768 6.1: Skew_Time = (256 - Priority) / 256 seconds, whatever the interval. */
export function skew(priority: number): number {
  return (256 - priority) / 256;
}

/** RFC 3768 6.1: Master_Down_Interval = 3 × Advertisement_Interval + Skew_Time. */
export function down(priority: number, interval = 1): number {
  return 3 * interval + skew(priority);
}

/** RFC 9568 6.1: Skew_Time = ((256 - Priority) × Active_Adver_Interval) / 256 seconds. */
export function skew3(priority: number, interval: number): number {
  return ((256 - priority) * interval) / 256;
}

/** RFC 9568 6.1: Active_Down_Interval = 3 × Active_Adver_Interval + Skew_Time. */
export function down3(priority: number, interval: number): number {
  return 3 * interval + skew3(priority, interval);
}
