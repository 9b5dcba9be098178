// SPDX-License-Identifier: MIT
// Who sends the mails of a process, where the configuration does not say.

import type { MailIdentity } from '../notify/alerts.ts';
import type { System } from '../ports/system.ts';

export function mailIdentityOf(system: System): MailIdentity {
  return { hostName: system.canonicalHostName(), nodeName: system.hostName(), userName: system.userName() };
}
