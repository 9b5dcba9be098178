// SPDX-License-Identifier: MIT
// What the page shows, made from the status document: nothing that changes by itself (ages, counters of adverts), so that an
// unchanged model means that nothing has happened and nothing needs to be sent.

import type { ControlEvent, InstanceStatus, PoolStatus, StatusDocument, Transition } from '../../control/document.ts';

/** How something is: the page has a colour, a sign and a word for each. */
export type Tone = 'active' | 'backup' | 'fault' | 'unknown' | 'good' | 'bad' | 'note';

export interface PageModel {
  readonly host: string;
  readonly version: string;
  /** What is to be read first. */
  readonly verdict: { readonly tone: 'good' | 'bad' | 'unknown'; readonly text: string };
  /** The engine hangs, or a process does not answer: states are what was said last. */
  readonly stale: boolean;
  readonly configuration: { readonly file: string; readonly loadedAt: number | null; readonly refusal: string | null };
  readonly processes: readonly { readonly role: string; readonly state: string; readonly restarts: number; readonly stale: boolean }[];
  readonly instances: readonly InstanceCard[];
  readonly groups: readonly { readonly name: string; readonly state: string; readonly tone: Tone; readonly members: readonly string[] }[];
  readonly pools: readonly PoolCard[];
  readonly sessions: readonly { readonly name: string; readonly neighbour: string; readonly state: string; readonly tone: Tone }[];
  /** Newest first. */
  readonly events: readonly EventLine[];
}

export interface InstanceCard {
  readonly name: string;
  readonly state: string;
  readonly lastKnown: string | null;
  readonly tone: Tone;
  readonly since: number | null;
  readonly place: string;
  readonly group: string | null;
  readonly addresses: readonly { readonly text: string; readonly held: boolean }[];
  readonly priority: {
    readonly base: number;
    readonly effective: number;
    readonly parts: readonly { readonly name: string; readonly adds: number; readonly state: string; readonly faults: boolean }[];
  };
  /** Who is Active, where that is somebody else. */
  readonly active: string | null;
  readonly faults: readonly string[];
  /** What stands wrong beside the state. */
  readonly troubles: readonly { readonly kind: string; readonly text: string; readonly since: number }[];
  readonly cause: string | null;
}

export interface PoolCard {
  readonly name: string;
  readonly text: string;
  readonly state: string;
  readonly tone: Tone;
  readonly servers: readonly {
    readonly name: string;
    readonly state: string;
    readonly tone: Tone;
    readonly since: number | null;
    readonly text: string;
    /** Its latest changes, oldest first: true for up. */
    readonly history: readonly { readonly at: number; readonly up: boolean }[];
  }[];
}

export interface EventLine {
  readonly id: number;
  readonly at: number;
  readonly tone: Tone;
  readonly title: string;
  readonly detail: string;
  /** Of which instance, for the lanes of the time line; and the state it went to. */
  readonly lane: { readonly name: string; readonly from: string; readonly to: string } | null;
}

const historyKept = 12;
const worst: Readonly<Record<Tone, number>> = { fault: 0, bad: 0, unknown: 1, active: 2, good: 2, backup: 3, note: 4 };

export function pageModel(d: StatusDocument): PageModel {
  const instances = (d.vrrp?.instances ?? []).map(instanceCard);
  const pools = (d.checkers?.pools ?? []).map((p) => poolCard(p, d.events));
  const stale = d.daemon.heartbeat?.stale === true || d.daemon.processes.some((p) => p.stale || p.state === 'dead');
  return {
    host: d.daemon.hostName,
    version: d.daemon.version,
    verdict: verdictOf(instances, pools, stale),
    stale,
    configuration: {
      file: d.daemon.configuration.file,
      loadedAt: d.daemon.configuration.loadedAt,
      refusal: d.daemon.configuration.lastRefusal,
    },
    processes: d.daemon.processes.map(({ role, state, restarts, stale }) => ({ role, state, restarts, stale })),
    instances: instances.sort((a, b) => rankOf(a) - rankOf(b)),
    groups: (d.vrrp?.groups ?? []).map(({ name, state, members }) => ({ name, state, members, tone: toneOf(state) })),
    pools: pools.sort((a, b) => worst[a.tone] - worst[b.tone]),
    sessions: (d.bfd?.sessions ?? []).map(({ name, neighbour, state }) => ({
      name,
      neighbour,
      state,
      tone: state.toLowerCase() === 'up' ? 'good' : 'bad',
    })),
    events: d.events.map(eventLine).reverse(),
  };
}

/** What needs somebody comes first. */
function rankOf({ tone, troubles }: InstanceCard): number {
  return troubles.length > 0 ? Math.min(worst[tone], 0.5) : worst[tone];
}

function verdictOf(instances: readonly InstanceCard[], pools: readonly PoolCard[], stale: boolean): PageModel['verdict'] {
  if (stale) return { tone: 'unknown', text: 'No answer from a process: what is shown is the last that was known' };
  const faults = instances.filter((i) => i.tone === 'fault').length;
  const down = pools.filter((p) => p.tone === 'bad').length;
  const servers = pools.flatMap((p) => p.servers).filter((s) => s.tone === 'bad').length;
  const of = (kind: string) => instances.filter((i) => i.troubles.some((t) => t.kind === kind)).length;
  const [contested, deaf] = [of('contested'), of('deaf')];
  const parts = [
    contested > 0 ? counted(contested, 'instance contested', 'instances contested') : '',
    deaf > 0 ? counted(deaf, 'instance deaf', 'instances deaf') : '',
    faults > 0 ? counted(faults, 'instance in FAULT', 'instances in FAULT') : '',
    down > 0 ? counted(down, 'pool below quorum', 'pools below quorum') : '',
    down === 0 && servers > 0 ? counted(servers, 'server down', 'servers down') : '',
  ].filter(Boolean);
  if (parts.length > 0) return { tone: 'bad', text: parts.join(', ') };
  return { tone: 'good', text: instances.length + pools.length === 0 ? 'Nothing is configured' : 'All is well' };
}

function counted(n: number, singular: string, plural: string): string {
  return `${n} ${n === 1 ? singular : plural}`;
}

function toneOf(state: string): Tone {
  if (state === 'MASTER') return 'active';
  if (state === 'BACKUP') return 'backup';
  return state === 'FAULT' ? 'fault' : 'unknown';
}

function instanceCard(i: InstanceStatus): InstanceCard {
  const { active, priority } = i;
  return {
    name: i.name,
    state: i.state,
    lastKnown: i.lastKnownState ?? null,
    tone: toneOf(i.state),
    since: i.since,
    place: `VRID ${i.vrid} · VRRPv${i.version} · IPv${i.family}${i.interface === null ? '' : ` · ${i.interface}`}`,
    group: i.group,
    addresses: i.addresses.map((a) => ({ text: `${a.address}/${a.prefixLength}`, held: a.held })),
    priority: {
      base: priority.base,
      effective: priority.effective,
      parts: priority.parts.map(({ name, adds, state, faults }) => ({ name, adds, state, faults })),
    },
    active: active && !active.self && i.state !== 'MASTER' ? `${active.address} with priority ${active.priority}` : null,
    faults: i.faults,
    troubles: i.troubles.map(({ kind, text, since }) => ({ kind, text, since })),
    cause: i.lastTransition ? causeText(i.lastTransition) : null,
  };
}

/** `peer silent: last advert age 3.41 s`; '' for an unknown one. */
export function causeText({ cause, evidence }: Pick<Transition, 'cause' | 'evidence'>): string {
  if (cause === undefined) return '';
  const words = Object.entries(evidence ?? {})
    .filter(([, value]) => value !== null && value !== '')
    .map(([key, value]) => evidenceText(key, value));
  return `${cause.replaceAll('_', ' ')}${words.length > 0 ? `: ${words.join(', ')}` : ''}`;
}

function evidenceText(key: string, value: unknown): string {
  if (key === 'text' || key === 'name') return String(value);
  const name = key.replace(/Seconds$/, '').replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);
  const shown = typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(3)) : value;
  return `${name} ${shown}${key.endsWith('Seconds') ? ' s' : ''}`;
}

function poolCard(p: PoolStatus, events: readonly ControlEvent[]): PoolCard {
  const up = p.servers.filter((s) => s.state === 'UP').length;
  const tone = (state: string): Tone => (state === 'UP' ? 'good' : state === 'DOWN' ? 'bad' : 'unknown');
  return {
    name: p.name,
    text: `${p.protocol} · ${p.scheduler} · ${up} of ${p.servers.length} up · quorum ${p.quorum}${p.suspended ? ' · suspended' : ''}`,
    state: p.state,
    tone: tone(p.state),
    servers: p.servers.map((s) => {
      const failing = s.checks.filter((c) => c.hasRun && !c.up).map((c) => c.kind);
      const history = events.flatMap((e) =>
        e.kind === 'server' && e.pool === p.name && e.server === s.name ? [{ at: e.at, up: e.up }] : [],
      );
      return {
        name: s.name,
        state: s.state,
        tone: tone(s.state),
        since: s.since,
        text: failing.length > 0 ? `${failing.join(', ')} fails` : `weight ${s.weight}${s.inTable ? '' : ', not in the table'}`,
        history: history.slice(-historyKept),
      };
    }),
  };
}

export function eventLine(e: ControlEvent): EventLine {
  const line = (tone: Tone, title: string, detail = '', lane: EventLine['lane'] = null): EventLine => ({
    id: e.id,
    at: e.at,
    tone,
    title,
    detail,
    lane,
  });
  switch (e.kind) {
    case 'transition':
      return line(toneOf(e.to), `${e.instance} ${e.from} → ${e.to}`, causeText(e), { name: e.instance, from: e.from, to: e.to });
    case 'group':
      return line(toneOf(e.to), `group ${e.group} → ${e.to}`);
    case 'priority':
      return line('note', `${e.instance} priority ${e.from} → ${e.to}`, e.parts.map((p) => `${p.name} ${p.adds}`).join(', '));
    case 'tracker':
      if (e.tracker === 'file') return line('note', `file ${e.name} holds ${e.value}`);
      return line(e.state === 'up' ? 'good' : e.state === 'down' ? 'bad' : 'note', `${e.tracker} ${e.name} ${e.state}`);
    case 'link':
      return line(e.state === 'up' ? 'good' : 'bad', `link ${e.name} ${e.state}`);
    case 'weight':
      return line('note', `server ${e.server} has weight ${e.weight}`, e.pool);
    case 'server':
      return line(e.up ? 'good' : 'bad', `server ${e.server} ${e.up ? 'up' : 'down'}`, e.pool);
    case 'pool':
      return line(e.up ? 'good' : 'bad', `pool ${e.pool} ${e.up ? 'has its quorum' : 'below quorum'}`, e.text);
    case 'bfd':
      return line(e.up ? 'good' : 'bad', `BFD session ${e.session} ${e.up ? 'up' : 'down'}`);
    case 'process':
      return line(e.what === 'died' ? 'bad' : 'note', `${e.role} process ${e.what}`, e.text);
    case 'reload':
      return line(e.taken ? 'note' : 'bad', e.taken ? 'configuration loaded' : 'reload refused', e.text);
    case 'operation':
      return line('note', e.operation, e.text);
    case 'contested':
    case 'deaf':
      return line('bad', `${e.instance} ${e.kind}`, e.text);
    case 'resolved':
    case 'heard_again':
      return line('good', `${e.instance} ${e.kind.replace('_', ' ')}`, e.text);
    case 'notice':
      return line('note', `${e.about} ${e.name.replaceAll('_', ' ')}`.trim(), e.text);
  }
}
