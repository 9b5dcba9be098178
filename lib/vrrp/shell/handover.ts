// SPDX-License-Identifier: MIT
// Routers that have said farewell and serve until somebody else does (core/handover.ts): those of a daemon that ends, and
// those that a reload took away, of which nobody else knows any more.

import type { VrrpInstance } from '../../config/model.ts';
import { detach, dispatch, type Router, type RouterDeps } from './router.ts';

export interface Handovers {
  /** A router that a reload has just taken away: kept while it serves, else gone at once. */
  adopt(router: Router): void;
  /** One of the adopted ones. */
  get(key: number): Router | undefined;
  all(): Iterable<Router>;
  /** Of the adopted ones: what was made for them is still in use. */
  configs(): readonly VrrpInstance[];
  /** To be called after events: lets go of whoever has finished. */
  look(): void;
  /** Interfaces changed: who can reach nobody is done. */
  linksChanged(): void;
  /** No router serves on for a successor, nor any of these. */
  settled(routers: Iterable<Router>): Promise<void>;
  /** All of them, and these, are done now. */
  end(routers: Iterable<Router>): void;
}

/** `gone`: an adopted router is no more. */
export function createHandovers(deps: RouterDeps, gone: () => void): Handovers {
  const adopted = new Map<number, Router>();
  let waiting: { readonly routers: readonly Router[]; readonly done: () => void } | null = null;
  const leaves = (router: Router) => router.instance.leaving !== null;
  const shutDown = (routers: Iterable<Router>) => {
    for (const router of [...routers].filter(leaves)) dispatch(deps, router, { kind: 'shutdown', at: deps.native.now() });
  };

  const look = (): void => {
    const finished = [...adopted.values()].filter((router) => !leaves(router));
    for (const router of finished) {
      detach(deps, router);
      adopted.delete(router.key);
    }
    if (finished.length > 0) gone();
    if (!waiting || adopted.size > 0 || waiting.routers.some(leaves)) return;
    waiting.done();
    waiting = null;
  };

  return {
    adopt(router) {
      if (!leaves(router)) return detach(deps, router);
      router.group = null;
      adopted.set(router.key, router);
    },
    get: (key) => adopted.get(key),
    all: () => adopted.values(),
    configs: () => [...adopted.values()].map((router) => router.config),
    look,
    linksChanged() {
      shutDown([...adopted.values()].filter(({ config: { interface: name } }) => name !== null && !deps.view.isUp(name)));
      look();
    },
    settled(routers) {
      return new Promise((done) => {
        waiting = { routers: [...routers], done };
        look();
      });
    },
    end(routers) {
      shutDown([...routers, ...adopted.values()]);
      look();
    },
  };
}
