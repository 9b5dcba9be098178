// SPDX-License-Identifier: MIT
// Which keepalived we stand in for, and our own version; test/unit/base/version.test.ts holds it against package.json.

export const version = {
  own: '0.1.0',
  keepalived: '2.4.3',
  /** Release date of that keepalived as it prints it. */
  date: '07/20,2026',
} as const;

/** `Keepalived v2.4.3 (07/20,2026)`: first line of --version, end of "Starting" and "Stopped"; scripts match it. */
export const versionText = `Keepalived v${version.keepalived} (${version.date})`;
