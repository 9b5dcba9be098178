// SPDX-License-Identifier: MIT
// Asks the daemon, and tells those who read the page: the model when it has changed, and each second that somebody is there, or
// that nobody answers. It asks only while somebody reads.

import type { StatusDocument } from '../../control/document.ts';
import { pageModel } from '../core/model.ts';

/** `status` of the control socket; it may never answer. */
export type AskStatus = () => Promise<StatusDocument>;

export type Follower = (event: 'model' | 'beat' | 'lost', data: string) => void;

export interface Source {
  /** Calls back at once with what is known, then with everything new. The returned function ends it. */
  follow(follower: Follower): () => void;
  /** The document as JSON; null: nobody answers. */
  document(): Promise<string | null>;
  look(): Promise<StatusDocument | null>;
}

/** Milliseconds between two questions; longer where an answer takes long. */
const pace = 500;
/** An answer that takes longer than this is none. */
const patience = 1500;
const beatEvery = 1000;
const share = 4;

export function createSource(ask: AskStatus): Source {
  const followers = new Set<Follower>();
  let asked: Promise<StatusDocument | null> | null = null;
  let model: string | null = null;
  let document: StatusDocument | null = null;
  let lost: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  let lastBeat = 0;

  const tell: Follower = (event, data) => {
    for (const follower of followers) follower(event, data);
  };

  /** One question at a time: a daemon that hangs is not asked again until it has answered. */
  const question = (): Promise<StatusDocument | null> => {
    asked ??= ask()
      .then(
        (answer) => answer,
        () => null,
      )
      .finally(() => {
        asked = null;
      });
    return asked;
  };
  const look = (): Promise<StatusDocument | null> =>
    new Promise((resolve) => {
      const late = setTimeout(() => resolve(null), patience);
      void question().then((answer) => {
        clearTimeout(late);
        resolve(answer);
      });
    });

  const round = async () => {
    const began = Date.now();
    const answer = await look();
    const now = Date.now();
    if (answer === null) {
      lost = JSON.stringify({ since: document?.at ?? null });
      tell('lost', lost);
    } else {
      document = answer;
      const next = JSON.stringify(pageModel(answer));
      if (next !== model || lost !== null) tell('model', next);
      model = next;
      lost = null;
      if (now - lastBeat >= beatEvery - pace / 2) {
        lastBeat = now;
        tell('beat', JSON.stringify({ at: answer.at }));
      }
    }
    timer = followers.size > 0 ? setTimeout(() => void round(), Math.max(pace, share * (now - began))) : null;
  };

  return {
    follow(follower) {
      // What was known to earlier readers may be long past: who comes first waits for an answer.
      if (followers.size > 0 && model !== null) {
        follower('model', model);
        follower(lost === null ? 'beat' : 'lost', lost ?? JSON.stringify({ at: document?.at ?? 0 }));
      } else model = null;
      followers.add(follower);
      if (timer === null) {
        timer = setTimeout(() => void round(), 0);
      }
      return () => void followers.delete(follower);
    },
    look,
    async document() {
      const answer = await look();
      return answer === null ? null : JSON.stringify(answer);
    },
  };
}
