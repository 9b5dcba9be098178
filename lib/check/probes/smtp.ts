// SPDX-License-Identifier: MIT
// SMTP_CHECK over a connection (reference/lvs-and-checkers.md 9.3).

import type { Checker } from '../../config/model-lvs.ts';
import { createSmtpDialogue } from '../protocol/smtp.ts';
import { down, type Probe, type ProbeContext, tryOnce, up } from './probe.ts';

type SmtpCheck = Extract<Checker, { kind: 'SMTP_CHECK' }>;

export function smtpProbe({ target, helo_name }: Pick<SmtpCheck, 'target' | 'helo_name'>, { sockets, clock }: ProbeContext): Probe {
  const server = `server [${target.ip}]:${target.port}`;
  return (done) =>
    tryOnce(clock, done, (one) => {
      const dialogue = createSmtpDialogue(helo_name);
      let open = false;
      one.phase(target.connect_timeout, down(`Connection timeout to ${server}`));
      const stream = sockets.open(target, null, {
        onOpen() {
          open = true;
          one.phase(target.connect_timeout, down(`Read timeout from ${server}`));
        },
        onData(bytes) {
          const step = dialogue.feed(Buffer.from(bytes).toString('latin1'));
          if (step.kind === 'good') one.finish(up);
          else if (step.kind === 'bad')
            one.finish(down(step.what === 'flood' ? `Read failure from ${server}` : `Bad ${step.what} from ${server}`));
          else if (step.kind === 'send') {
            stream.write(step.text);
            one.phase(target.connect_timeout, down(`Read timeout from ${server}`));
          }
        },
        onEnd: () => one.finish(down(`Read failure from ${server}`)),
        onError({ kind, code }) {
          if (kind === 'local') one.finish({ kind: 'unable', why: code });
          else if (open) one.finish(down(`Read failure from ${server}`));
          else if (code === 'ENETUNREACH')
            one.finish(down(`Network unreachable for ${server} - real server [${target.ip}]:${target.port}`));
          else one.finish(down(`${kind === 'timeout' ? 'Connection timeout to' : 'Could not connect to'} ${server}`));
        },
      });
      return () => stream.close();
    });
}
