// SPDX-License-Identifier: MIT
// The dialogue of SMTP_CHECK: greeting, HELO, QUIT (reference/lvs-and-checkers.md 9.3). Pure; no more than a line is kept,
// whatever comes in.

export type SmtpStep =
  /** More is to come. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'send'; readonly text: string }
  /** The server does as it should; what it says to our farewell is of no interest. */
  | { readonly kind: 'good' }
  | { readonly kind: 'bad'; readonly what: 'greeting banner' | 'HELO response' | 'flood' };

export interface SmtpDialogue {
  feed(text: string): SmtpStep;
}

/** No honest line is longer (RFC 5321 4.5.3.1.5 has 512). */
const longestLine = 1024;

export function createSmtpDialogue(helo: string): SmtpDialogue {
  let stage: 'greeting' | 'helo' | 'quit' = 'greeting';
  let kept = '';

  const line = (text: string): SmtpStep => {
    switch (stage) {
      case 'greeting':
        // A greeting of several lines is refused, as keepalived does.
        if (!hasCode(text, '220')) return { kind: 'bad', what: 'greeting banner' };
        stage = 'helo';
        return { kind: 'send', text: `HELO ${helo}\r\n` };
      case 'helo':
        if (!hasCode(text, '250')) return { kind: 'bad', what: 'HELO response' };
        stage = 'quit';
        return { kind: 'send', text: 'QUIT\r\n' };
      case 'quit':
        return { kind: 'good' };
    }
  };

  return {
    feed(text) {
      kept += text;
      const cut = kept.indexOf('\n');
      if (cut < 0) return kept.length > longestLine ? { kind: 'bad', what: 'flood' } : { kind: 'wait' };
      const first = kept.slice(0, cut);
      // A server that talks on before it is asked is not listened to.
      kept = '';
      return line(first.replace(/\r$/, ''));
    },
  };
}

function hasCode(line: string, code: string): boolean {
  return line.startsWith(code) && (line.length === 3 || line[3] === ' ');
}
