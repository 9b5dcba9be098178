// SPDX-License-Identifier: MIT
// npm run package:deb: build/package/ka-ts_VERSION_ARCH.deb around the executable of packaging/binary. Needs dpkg-deb.
// --store: not compressed, for who installs it at once. DEBFULLNAME and DEBEMAIL: who publishes it.

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'build', 'package');
const binary = join(folder, 'ka-ts');
const tree = join(folder, 'deb');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const architecture = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
if (!existsSync(binary)) throw new Error(`${binary} is missing: run "npm run package:binary" first`);

rmSync(tree, { recursive: true, force: true });
const put = (path, content, mode = 0o644) => {
  const file = join(tree, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
};
const copy = (from, to, mode = 0o644) => {
  const file = join(tree, to);
  mkdirSync(dirname(file), { recursive: true });
  cpSync(from, file, { dereference: true });
  chmodSync(file, mode);
};
const text = (name) => readFileSync(join(root, name), 'utf8');
const documents = 'usr/share/doc/ka-ts';
const { DEBFULLNAME: name = 'ka-ts developers', DEBEMAIL: address = 'ka-ts@localhost.localdomain' } = process.env;
const maintainer = `${name} <${address}>`;
// The same sources give the same package.
const when = Number(process.env.SOURCE_DATE_EPOCH ?? Math.floor(statSync(binary).mtimeMs / 1000));

copy(binary, 'usr/bin/ka-ts', 0o755);
copy(join(root, 'packaging/systemd/ka-ts.service'), 'lib/systemd/system/ka-ts.service');
copy(join(root, 'packaging/systemd/hardened.conf'), `${documents}/examples/hardened.conf`);
copy(join(root, 'packaging/dbus/org.keepalived.Vrrp1.conf'), 'usr/share/dbus-1/system.d/org.keepalived.Vrrp1-ka-ts.conf');
copy(join(root, 'packaging/deb/logrotate'), 'etc/logrotate.d/ka-ts');
for (const [from, to] of [
  // Not /usr/share/snmp/mibs, where the package of keepalived has a file of the same name.
  ['packaging/mibs', 'usr/share/ka-ts/mibs'],
  ['packaging/monitoring', `${documents}/examples/monitoring`],
]) {
  if (!existsSync(join(root, from))) continue;
  for (const name of readdirSync(join(root, from)).filter((file) => !file.endsWith('.md'))) copy(join(root, from, name), `${to}/${name}`);
}
// Made from the program itself, so that they say what it does.
execFileSync(process.execPath, [join(root, 'packaging/manuals.mjs'), join(tree, 'usr/share/man'), join(tree, 'usr/share')]);
const common = 'On Debian systems the Apache License 2.0 is in /usr/share/common-licenses/Apache-2.0.';
put(`${documents}/copyright`, `${text('LICENSE')}\n\n${common}\n\n${text('docs/reference/licences.md')}`);
put(`${documents}/CHANGELOG.md.gz`, gzipSync(text('CHANGELOG.md'), { level: 9 }));
const stamp = new Date(when * 1000).toUTCString().replace('GMT', '+0000');
put(
  `${documents}/changelog.gz`,
  gzipSync(`ka-ts (${version}) unstable; urgency=medium\n\n  * See CHANGELOG.md.gz beside this file.\n\n -- ${maintainer}  ${stamp}\n`, {
    level: 9,
  }),
);
put('usr/share/lintian/overrides/ka-ts', text('packaging/deb/lintian-overrides'));

const installed = Math.ceil(Number(execFileSync('du', ['-sk', tree], { encoding: 'utf8' }).split('\t')[0]));
put(
  'DEBIAN/control',
  `Package: ka-ts
Version: ${version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${installed}
Depends: libc6 (>= 2.28), libstdc++6 (>= 6), libgcc-s1 | libgcc1
Recommends: nftables | iptables
Suggests: ipvsadm, snmpd
Section: admin
Priority: optional
Description: virtual router redundancy (VRRP) and load balancing (LVS) daemon
 Virtual IP addresses that move between machines in milliseconds, and IPVS
 with health-checked servers: a drop-in replacement for keepalived, with the
 same keepalived.conf, command line, signals, packets and log lines, that also
 says why a failover happened.
`,
);
put('DEBIAN/conffiles', '/etc/logrotate.d/ka-ts\n');
put('DEBIAN/triggers', 'interest-noawait /usr/sbin/keepalived\n');
for (const script of ['postinst', 'prerm', 'postrm']) copy(join(root, 'packaging/deb', script), `DEBIAN/${script}`, 0o755);
const sums = listFiles(tree)
  .filter((name) => !name.startsWith('DEBIAN/'))
  .map((name) => execFileSync('md5sum', [name], { cwd: tree, encoding: 'utf8' }));
put('DEBIAN/md5sums', sums.join(''));
for (const name of listFiles(tree)) utimesSync(join(tree, name), when, when);

const out = join(folder, `ka-ts_${version}_${architecture}.deb`);
execFileSync(
  'dpkg-deb',
  ['--root-owner-group', ...(process.argv.includes('--store') ? ['-Znone'] : ['-Zxz', '-z6', '-Sextreme']), '--build', tree, out],
  {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, SOURCE_DATE_EPOCH: String(when) },
  },
);
rmSync(tree, { recursive: true });
console.log(`${out}: ${(statSync(out).size / 1e6).toFixed(0)} MB`);

function listFiles(top) {
  return execFileSync('find', ['.', '-type', 'f', '-printf', '%P\\n'], { cwd: top, encoding: 'utf8' }).trim().split('\n').sort();
}
