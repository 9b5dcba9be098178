// SPDX-License-Identifier: MIT
// The addon for old machines: compiled by the g++ of Debian 11, with its C++ library inside, so that it needs glibc 2.31 or newer
// and nothing else.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const mirror = process.env.KA_DEBIAN_MIRROR ?? 'http://deb.debian.org/debian';

/** Its path. Needs root, debootstrap and the headers of Node and OpenSSL that the ordinary build uses. */
export function portableAddon(root) {
  const system = join(root, 'build', 'debian-11');
  if (!existsSync(join(system, 'usr/bin/g++'))) {
    rmSync(system, { recursive: true, force: true });
    execFileSync('debootstrap', ['--variant=minbase', '--include=g++,make', 'bullseye', system, mirror], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const source = join(system, 'ka-ts');
  mkdirSync(source, { recursive: true });
  cpSync(join(root, 'native'), join(source, 'native'), { recursive: true, preserveTimestamps: true });
  const nodeApi = dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json'));
  cpSync(nodeApi, join(source, 'node-addon-api'), { recursive: true });
  cpSync(headers(), join(source, 'node'), { recursive: true, dereference: true });
  writeFileSync(join(source, 'Makefile'), makefile(readFileSync(join(root, 'native/sources.txt'), 'utf8')));
  execFileSync('chroot', [system, 'make', '--silent', '-C', '/ka-ts', '-j2'], { stdio: ['ignore', 'ignore', 'inherit'] });
  return join(source, 'ka_ts.node');
}

/** With node.h, uv.h and openssl/. */
function headers() {
  const beside = join(dirname(process.execPath), '..', 'include', 'node');
  for (const folder of [beside, '/usr/include/node', '/usr/local/include/node']) if (existsSync(join(folder, 'node_api.h'))) return folder;
  throw new Error(`no headers of Node beside ${process.execPath}`);
}

/** CMakeLists.txt has the same options. */
function makefile(sources) {
  const objects = sources
    .split('\n')
    .filter((name) => name.endsWith('.cc'))
    .map((name) => name.replace(/\.cc$/, '.o'));
  return `CXXFLAGS := -std=c++20 -O2 -fPIC -fvisibility=hidden -fvisibility-inlines-hidden -fstack-protector-strong -Wall -Wextra
CPPFLAGS := -MMD -D_GNU_SOURCE -DNAPI_VERSION=9 -DNODE_ADDON_API_CPP_EXCEPTIONS -Inative -isystem node -isystem node-addon-api
OBJECTS := ${objects.join(' ')}
ka_ts.node: $(OBJECTS)
\tg++ -shared -o $@ $^ -static-libstdc++ -static-libgcc -Wl,-z,relro -Wl,-z,now -Wl,--exclude-libs,ALL -lpthread
-include $(OBJECTS:.o=.d)
`;
}
