// SPDX-License-Identifier: MIT
// The interop matrix as data: which daemons meet over which protocol, what is played, and why a cell does not exist.

export const implementations = ['ka-ts', 'keepalived', 'FRR'] as const;
export type Implementation = (typeof implementations)[number];
export type Version = 2 | 3;
export type IpFamily = 4 | 6;
export type Cast = 'multicast' | 'unicast';
export type Auth = 'none' | 'PASS' | 'AH';

/** What both speak. */
export interface Speech {
  readonly version: Version;
  readonly family: IpFamily;
  readonly cast: Cast;
  readonly auth: Auth;
}

/** a has the higher priority and the lower address. */
export type Pair = readonly [a: Implementation, b: Implementation];

/** Two daemons and what they speak: one play. */
export interface Meeting {
  readonly pair: Pair;
  readonly speech: Speech;
}

/** A scenario with what must be seen of it. */
export const scenarios = {
  preempt: 'a comes to an active b: it takes over after its own down interval, and b is silent at once',
  nopreempt: 'with `nopreempt`, a waits for as long as b advertises',
  'graceful stop': 'b ends: one advert with priority 0, and a takes over after its skew time',
  tie: 'equal priorities, both active behind a partition: healed, the lower address yields',
  failover: 'a is killed with SIGKILL: b takes over after its down interval',
} as const;
export type Scenario = keyof typeof scenarios;
export const scenarioNames = Object.keys(scenarios) as Scenario[];

export const pairs: readonly Pair[] = [
  ['ka-ts', 'ka-ts'],
  ['ka-ts', 'keepalived'],
  ['keepalived', 'ka-ts'],
  ['ka-ts', 'FRR'],
  ['FRR', 'ka-ts'],
];

export const speeches: readonly Speech[] = ([2, 3] as const).flatMap((version) =>
  ([4, 6] as const).flatMap((family) =>
    (['multicast', 'unicast'] as const).flatMap((cast) =>
      (['none', 'PASS', 'AH'] as const).map((auth) => ({ version, family, cast, auth })),
    ),
  ),
);

/** Why two daemons cannot meet over a speech; undefined when they can. */
export function impossible({ pair, speech }: Meeting): string | undefined {
  const { version, family, cast, auth } = speech;
  if (version === 3 && auth !== 'none') return 'version 3 has no authentication';
  if (family === 6 && auth !== 'none') return 'no room for authentication over IPv6';
  if (!pair.includes('FRR')) return undefined;
  if (cast === 'unicast') return 'FRR has no unicast';
  if (auth !== 'none') return 'FRR has no authentication';
  if (version === 2 && family === 6) return 'FRR speaks version 2 over IPv4 only';
  return undefined;
}

export const meetings: readonly Meeting[] = speeches
  .flatMap((speech) => pairs.map((pair) => ({ pair, speech })))
  .filter((meeting) => impossible(meeting) === undefined);

/** In every test run; the others when the whole matrix is asked for. */
export function isRepresentative({ pair, speech }: Meeting): boolean {
  const { version, family, cast, auth } = speech;
  const own = pair.every((name) => name === 'ka-ts');
  if (pair.includes('FRR')) return pair[0] === 'FRR' ? version === 2 : version === 3;
  if (own) return false;
  if (version === 3) return family === 6 ? cast === 'unicast' : cast === 'multicast';
  // The long ones: one each way.
  if (pair[0] === 'ka-ts') return family === 4 && cast === 'unicast' && auth === 'AH';
  return (family === 4 && cast === 'multicast' && auth === 'PASS') || (family === 6 && cast === 'multicast');
}

export function speechName({ version, family, cast, auth }: Speech): string {
  return `v${version} IPv${family} ${cast}${auth === 'none' ? '' : ` ${auth}`}`;
}

export function meetingName({ pair, speech }: Meeting): string {
  return `${pair.join(' and ')}, ${speechName(speech)}`;
}

/** The day of the last complete run in a page, '' when it names none. */
export function completeRunIn(page: string): string {
  return /^Last complete run, without a failure: (\S+)\.$/m.exec(page)?.[1] ?? '';
}

/** The page docs/conformance/interop.md. `completeRun`: the day on which everything was played and seen. */
export function interopPage(completeRun: string): string {
  const head = pairs.map((pair) => `a ${pair[0]}, b ${pair[1]}`);
  const cell = (meeting: Meeting) => impossible(meeting) ?? (isRepresentative(meeting) ? 'always' : 'on demand');
  const nobody = (speech: Speech) => pairs.every((pair) => impossible({ pair, speech }) !== undefined);
  const rows = speeches.filter((s) => !nobody(s)).map((speech) => [speechName(speech), ...pairs.map((pair) => cell({ pair, speech }))]);
  const missing = speeches.filter(nobody).map((speech) => [speechName(speech), impossible({ pair: ['ka-ts', 'ka-ts'], speech }) ?? '']);
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return `# Who was seen to work with whom

Written by \`KA_UPDATE=1 npm run interop\`; that test plays the cells and holds this page.
Each cell is played through all ${scenarioNames.length} scenarios, with Debian's keepalived 2.2.7 and FRR 8.4.4, judged by tcpdump: ${meetings.length} cells,
${meetings.length * scenarioNames.length} scenarios. "always": in every test run. "on demand": \`npm run interop\`, the whole matrix in a few minutes.

Last complete run, without a failure: ${completeRun}.

| Scenario | What must be seen |
|---|---|
${scenarioNames.map((name) => row([name, scenarios[name]])).join('')}
a has the higher priority and the lower address. Version 3 runs at 0.25 s, version 2 at 1 s.

${row(['', ...head])}${row(['---', ...head.map(() => '---')])}${rows.map(row).join('')}
Nobody speaks these:

| | Why |
|---|---|
${missing.map(row).join('')}
keepalived with itself, FRR with itself and the two with each other say nothing about ka-ts; \`KA_TOPO_PAIRS=keepalived/keepalived\` plays the
topologies of \`test/topo\` that way.
`;
}
