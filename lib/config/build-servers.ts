// SPDX-License-Identifier: MIT
// virtual_server blocks → services, and what keepalived says when it completes and repairs them
// (reference/lvs-and-checkers.md section 3). None of it stops the daemon.

import { type Family, type Ip, ipFamily } from '../base/address.ts';
import { seconds } from '../base/time.ts';
import { buildCheckers, type CheckDefaults, type CheckerContext } from './build-checkers.ts';
import { type BuildContext, repaired } from './build-context.ts';
import type { ScriptBuilder } from './build-scripts.ts';
import { buildServiceGroups, familiesOf } from './build-service-groups.ts';
import { type Block, blocksOf, listsOf, placeOf, valueIn } from './keyword.ts';
import { globalDefs } from './keywords/global-defs.ts';
import type { root } from './keywords/index.ts';
import { trackFile } from './keywords/track-objects.ts';
import { realServer, tlsMaterial, virtualServer } from './keywords/virtual-server.ts';
import type { GlobalDefs } from './model.ts';
import type {
  HandedDown,
  LvsConfig,
  LvsMethod,
  Persistence,
  RealServer,
  ServiceKey,
  SorryServer,
  TlsMaterial,
  VirtualServer,
  VirtualServerGroup,
} from './model-lvs.ts';

type Service = Block<typeof virtualServer>;
type Server = Block<typeof realServer>;

export interface ServerContext extends CheckerContext {
  readonly globals: Pick<GlobalDefs, 'smtp_alert' | 'smtp_alert_checker'>;
  readonly log_all_failures: boolean;
  readonly groups: readonly VirtualServerGroup[];
}

/** Seconds, where persistence is needed and no time is given. */
const usualPersistence = 360;

/** Everything of the IPVS side. */
export function buildLvs(
  tree: Block<typeof root>,
  globals: ServerContext['globals'],
  checkScripts: ScriptBuilder,
  sessions: ServerContext['sessions'],
  context: BuildContext,
): LvsConfig {
  const [globalBlock] = blocksOf(tree, 'global_defs');
  const files = [...blocksOf(tree, 'track_file'), ...blocksOf(tree, 'vrrp_track_file')].filter((b) => b.settings.file);
  const groups = buildServiceGroups(listsOf(tree, 'virtual_server_group'), context);
  const services = buildServices(blocksOf(tree, 'virtual_server'), {
    ...context,
    checkScripts,
    trackFiles: new Map(files.map((b) => [b.name, valueIn(trackFile, b, 'weight')])),
    sessions,
    globals,
    log_all_failures: valueIn(globalDefs, globalBlock ?? null, 'checker_log_all_failures') ?? false,
    groups,
  });
  checkScripts.finish();
  return { virtual_server: services, virtual_server_group: groups, SSL: tlsOf(blocksOf(tree, 'SSL')[0]) };
}

function tlsOf(block: Block<typeof tlsMaterial> | undefined): TlsMaterial | null {
  if (!block) return null;
  const get = <K extends keyof typeof tlsMaterial & string>(key: K) => valueIn(tlsMaterial, block, key) ?? null;
  return { password: get('password'), ca: get('ca'), certificate: get('certificate'), key: get('key') };
}

export function buildServices(blocks: readonly Service[], context: ServerContext): VirtualServer[] {
  const used = new Map<string, number>();
  return blocks.flatMap((block) => {
    const key = keyOf(block, used, context);
    if (!key) return [];
    if (key.kind === 'group') used.set(key.group, key.index + 1);
    return buildService(block, key, context) ?? [];
  });
}

/** null: the service cannot be; reported. */
function keyOf(block: Service, used: ReadonlyMap<string, number>, context: ServerContext): ServiceKey | null {
  const [first = '', second = ''] = block.name.split(' ');
  const family = familyOf(block);
  const protocol = valueIn(virtualServer, block, 'protocol') ?? 'UDP';
  if (first === 'fwmark') return { kind: 'fwmark', mark: Number(second), family: family ?? 4 };
  if (first !== 'group') return { kind: 'address', ip: first as Ip, port: Number(second), protocol };
  const group = context.groups.find((g) => g.name === second);
  const refuse = (code: string, message: string): null => {
    repaired(context, block.place, code, message, { scope: 'child', word: second, effect: 'the virtual server is left out' });
    return null;
  };
  if (!group)
    return refuse('server-group-undefined', `Virtual server group ${second} specified but not configured - ignoring virtual server`);
  const families = familiesOf(group);
  const wanted = family ?? [...families][0] ?? 4;
  if (families.size > 0 && !families.has(wanted))
    return refuse('server-group-family', `Virtual server group ${second} address family doesn't match virtual server - ignoring`);
  return { kind: 'group', group: second, index: used.get(second) ?? 0, family: wanted, protocol };
}

/** What is said about it before its servers are looked at; null: nothing. */
function familyOf(block: Service): Family | null {
  const said = valueIn(virtualServer, block, 'ip_family');
  if (said) return said === 'inet6' ? 6 : 4;
  const granularity = valueIn(virtualServer, block, 'persistence_granularity');
  if (granularity !== undefined) return granularity.includes('.') ? 4 : 6;
  const [server] = blocksOf(block, 'real_server');
  return server ? ipFamily(server.name.split(' ')[0] as Ip) : null;
}

function nameOf(key: ServiceKey, protocol: string): string {
  switch (key.kind) {
    case 'address':
      return `[${key.ip}]:${protocol}:${key.port}`;
    case 'fwmark':
      return `FWM ${key.mark}`;
    case 'group':
      return `[${key.group}]:${key.index}`;
  }
}

function buildService(block: Service, key: ServiceKey, context: ServerContext): VirtualServer | null {
  const get = <K extends keyof typeof virtualServer & string>(k: K) => valueIn(virtualServer, block, k);
  const protocol = (key.kind === 'fwmark' ? 'none' : key.protocol).toLowerCase();
  const name = nameOf(key, protocol);
  const say = (code: string, message: string, at: keyof typeof virtualServer | null = null, more = {}) =>
    repaired(context, at === null ? block.place : placeOf(block, at), code, message, more);
  const warning = { severity: 'warning' as const };
  const scripts = { quorum_up: scriptOf(block, 'quorum_up', context), quorum_down: scriptOf(block, 'quorum_down', context) };

  const written = blocksOf(block, 'real_server').filter((server) => isOfFamily(server, block, key, context));
  if (written.length === 0) {
    const shown = block.settings.protocol ? name : nameOf(key, 'none');
    say('service-empty', `Virtual server ${shown} has no real servers - ignoring`, null, { scope: 'child' });
    return null;
  }
  if (key.kind === 'address' && !block.settings.protocol)
    say('protocol-default', `Virtual server ${nameOf(key, 'none')}: no protocol set - defaulting to UDP`);
  if (key.kind === 'fwmark' && block.settings.protocol)
    say(
      'protocol-ignored',
      `Warning: Virtual server ${name}: protocol specified for fwmark - protocol will be ignored`,
      'protocol',
      warning,
    );
  const udp = key.kind === 'fwmark' || key.protocol === 'UDP';
  if (get('ops') && !udp) say('ops-reset', `Virtual server ${name}: one packet scheduling requires UDP - resetting`, 'ops');
  if (!block.settings.lvs_sched) say('scheduler-default', `Virtual server ${name}: no scheduler set, setting default 'wlc'`);
  if (!block.settings.lvs_method && !written.every((s) => s.settings.lvs_method))
    say('forwarding-default', `Virtual server ${name}: no forwarding method set, setting default NAT`);
  const persistence = persistenceOf(block, key, name, context);
  if (get('ha_suspend') && key.kind === 'fwmark')
    say('ha-suspend-reset', `Virtual server ${name}: cannot use ha_suspend with fwmarks - clearing ha_suspend`, 'ha_suspend');

  const seen = new Set<string>();
  const servers = written.flatMap((server) => {
    const rs = buildServer(server, block, key, protocol, context);
    if (!seen.has(server.name)) {
      seen.add(server.name);
      return [rs];
    }
    repaired(context, server.place, 'server-duplicate', `VS ${name}: real server ${rs.name} is duplicated - removing second rs`);
    return [];
  });
  const sorry_server = sorryOf(block, key, name, servers, context);
  const { quorum, hysteresis } = quorumOf(block, name, servers, context);
  const flags = flagsOf(block);
  return {
    position: block.place,
    name,
    key,
    lvs_sched: get('lvs_sched') ?? 'wlc',
    flags,
    ops: udp && (get('ops') ?? false),
    persistence,
    quorum,
    hysteresis,
    ...scripts,
    omega: get('omega') ?? false,
    ha_suspend: key.kind !== 'fwmark' && (get('ha_suspend') ?? false),
    smtp_alert: get('smtp_alert') ?? context.globals.smtp_alert_checker ?? context.globals.smtp_alert ?? false,
    snmp_name: get('snmp_name') ?? null,
    weight: get('weight'),
    inhibit_on_failure: get('inhibit_on_failure') ?? false,
    lvs_method: get('lvs_method') ?? nat,
    ...handedDown(block),
    sorry_server,
    real_server: servers,
  };
}

function scriptOf<B extends Service | Server>(block: B, key: keyof B['settings'] & string, context: ServerContext) {
  const setting = (block.settings as Record<string, unknown>)[key] as
    | { value: Parameters<CheckerContext['checkScripts']['script']>[0]; place: Server['place'] }
    | undefined;
  return setting ? context.checkScripts.script(setting.value, setting.place).script : null;
}

/** An address, or a service whose family is known from it: servers of the other family are left out. */
function isOfFamily(server: Server, service: Service, key: ServiceKey, context: ServerContext): boolean {
  const [ip = ''] = server.name.split(' ');
  const family = key.kind === 'address' ? ipFamily(key.ip) : key.family;
  if (ipFamily(ip as Ip) === family) return true;
  // A tunnel may carry one family in the other.
  if ((valueIn(realServer, server, 'lvs_method') ?? valueIn(virtualServer, service, 'lvs_method'))?.method === 'TUN') return true;
  repaired(
    context,
    server.place,
    'server-family',
    `Address family of virtual server and real server ${ip} don't match - skipping real server.`,
    { scope: 'child', word: ip },
  );
  return false;
}

function flagsOf(block: Service): VirtualServer['flags'] {
  const is = (...keys: readonly (keyof typeof virtualServer & string)[]) => keys.some((key) => block.settings[key] !== undefined);
  return {
    'sched-1': is('flag-1', 'sh-fallback', 'mh-fallback'),
    'sched-2': is('flag-2', 'sh-port', 'mh-port'),
    'sched-3': is('flag-3'),
  };
}

function persistenceOf(block: Service, key: ServiceKey, name: string, context: ServerContext): Persistence | null {
  const get = <K extends keyof typeof virtualServer & string>(k: K) => valueIn(virtualServer, block, k);
  const mask = get('persistence_granularity');
  let timeout = get('persistence_timeout') ?? (mask === undefined ? null : usualPersistence);
  if (key.kind === 'address' && key.port === 0 && timeout === null) {
    repaired(context, block.place, 'port-zero', `Virtual server ${name}: zero port only valid for persistent services - setting`);
    timeout = usualPersistence;
  }
  if (timeout === null) return null;
  const granularity = mask === undefined ? null : mask.includes('.') ? (mask as Ip) : Number(mask);
  return { timeout, granularity, engine: get('persistence_engine') ?? null };
}

function handedDown(service: Service): HandedDown {
  const get = <K extends keyof typeof virtualServer & string>(k: K) => valueIn(virtualServer, service, k);
  return {
    alpha: get('alpha') ?? false,
    delay_loop: get('delay_loop') ?? seconds(60),
    connect_timeout: get('connect_timeout') ?? seconds(5),
    retry: get('retry') ?? null,
    delay_before_retry: get('delay_before_retry') ?? null,
    warmup: get('warmup') ?? null,
    virtualhost: get('virtualhost') ?? null,
  };
}

const nat: LvsMethod = { method: 'NAT', type: 'ipip', port: null, checksum: 'nocsum' };

function buildServer(server: Server, service: Service, key: ServiceKey, protocol: string, context: ServerContext): RealServer {
  const get = <K extends keyof typeof realServer & string>(k: K) => valueIn(realServer, server, k);
  const of = <K extends keyof typeof virtualServer & string>(k: K) => valueIn(virtualServer, service, k);
  const [ip = '', written = '0'] = server.name.split(' ');
  const lvs_method = get('lvs_method') ?? of('lvs_method') ?? nat;
  const servicePort = key.kind === 'address' ? key.port : 0;
  const given = Number(written) || servicePort;
  const name = `[${ip}]:${protocol}:${given}`;
  const above = handedDown(service);
  const own: HandedDown = {
    alpha: get('alpha') ?? above.alpha,
    delay_loop: get('delay_loop') ?? above.delay_loop,
    connect_timeout: get('connect_timeout') ?? above.connect_timeout,
    retry: get('retry') ?? above.retry,
    delay_before_retry: get('delay_before_retry') ?? above.delay_before_retry,
    warmup: get('warmup') ?? above.warmup,
    virtualhost: get('virtualhost') ?? null,
  };
  const defaults: CheckDefaults = {
    ...own,
    name,
    ip: ip as Ip,
    port: given,
    service_delay_loop: above.delay_loop,
    log_all_failures: context.log_all_failures,
    virtualhost: own.virtualhost ?? above.virtualhost,
    sniHost: above.virtualhost,
  };
  const port = directPort(lvs_method, key, Number(written), context, server, protocol, name);
  return {
    position: server.place,
    name: `[${ip}]:${protocol}:${port}`,
    ip: ip as Ip,
    port,
    weight: get('weight') ?? of('weight'),
    lvs_method,
    uthreshold: get('uthreshold') ?? 0,
    lthreshold: get('lthreshold') ?? 0,
    inhibit_on_failure: get('inhibit_on_failure') ?? of('inhibit_on_failure') ?? false,
    notify_up: scriptOf(server, 'notify_up', context),
    notify_down: scriptOf(server, 'notify_down', context),
    smtp_alert: get('smtp_alert') ?? context.globals.smtp_alert_checker ?? context.globals.smtp_alert ?? true,
    snmp_name: get('snmp_name') ?? null,
    ...own,
    checkers: buildCheckers(server, defaults, context),
  };
}

/** DR and TUN cannot change the port; a mark has none. `written` 0: none was given. */
function directPort(
  { method }: LvsMethod,
  key: ServiceKey,
  written: number,
  context: ServerContext,
  server: Server,
  protocol: string,
  name: string,
): number {
  const servicePort = key.kind === 'address' ? key.port : 0;
  if (method === 'NAT') return written || servicePort;
  const warn = (message: string) => repaired(context, server.place, 'ports-differ', `WARNING - ${message}`, { severity: 'warning' });
  const serviceName = nameOf(key, protocol);
  if (written !== 0 && key.kind === 'fwmark')
    warn(`fwmark virtual server ${serviceName}, real server ${name} has port specified - clearing`);
  else if (written !== 0 && key.kind === 'address' && written !== servicePort)
    warn(`virtual server ${serviceName} and real server ${name} ports don't match - resetting`);
  return servicePort;
}

function sorryOf(
  block: Service,
  key: ServiceKey,
  name: string,
  servers: readonly RealServer[],
  context: ServerContext,
): SorryServer | null {
  const get = <K extends keyof typeof virtualServer & string>(k: K) => valueIn(virtualServer, block, k);
  const sorry = get('sorry_server');
  if (!sorry) return null;
  const place = placeOf(block, 'sorry_server');
  const lvs_method = get('sorry_server_lvs_method') ?? get('lvs_method') ?? nat;
  const servicePort = key.kind === 'address' ? key.port : 0;
  const warn = (message: string) => repaired(context, place, 'ports-differ', `WARNING - ${message}`, { severity: 'warning' });
  if (sorry.port && lvs_method.method !== 'NAT') {
    if (key.kind === 'fwmark') warn(`virtual server ${name}, sorry server has port specified - clearing`);
    else if (key.kind === 'address' && sorry.port !== servicePort)
      warn(`virtual server ${name} and sorry server ports don't match - resetting`);
  }
  const port = lvs_method.method === 'NAT' ? sorry.port || servicePort : servicePort;
  let inhibit = get('sorry_server_inhibit') ?? false;
  const same = servers.find((rs) => rs.ip === sorry.ip && rs.port === port);
  if (same && same.inhibit_on_failure !== inhibit) {
    repaired(
      context,
      place,
      'sorry-inhibit',
      `Virtual server ${name}: real server ${same.name} matches sorry server, but inhibit setting differs, setting on sorry server`,
    );
    inhibit = same.inhibit_on_failure;
  }
  return { ip: sorry.ip, port, inhibit, lvs_method };
}

function quorumOf(block: Service, name: string, servers: readonly RealServer[], context: ServerContext) {
  const total = servers.reduce((sum, s) => sum + s.weight, 0);
  const wanted = valueIn(virtualServer, block, 'quorum');
  const quorum = Math.min(wanted, total);
  if (wanted > total) {
    const message = `Warning - quorum ${wanted} for ${name} exceeds total weight of real servers ${total}, reducing quorum to ${total}`;
    repaired(context, placeOf(block, 'quorum'), 'quorum-reduced', message, { severity: 'warning' });
  }
  const slack = valueIn(virtualServer, block, 'hysteresis');
  const hysteresis = slack > 0 && slack >= quorum ? Math.max(0, quorum - 1) : slack;
  if (hysteresis !== slack) {
    const message = `Virtual server ${name}: hysteresis ${slack} must be less than quorum ${quorum} - setting hysteresis to ${hysteresis}`;
    repaired(context, placeOf(block, 'hysteresis'), 'hysteresis-reduced', message, { severity: 'warning' });
  }
  return { quorum, hysteresis };
}
