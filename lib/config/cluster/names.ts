// SPDX-License-Identifier: MIT
// Short names for nodes, from what tells their files apart: `two-proxies-lb1.conf` and `two-proxies-lb2.conf` are lb1 and
// lb2, `lb1/keepalived.conf` and `lb2/keepalived.conf` too.

/** One name per file, in order and all different. */
export function nodeNames(files: readonly string[]): string[] {
  const parts = files.map((file) =>
    file
      .replace(/\.(conf|cfg|cnf|txt)$/, '')
      .split(/(?<=[/_.-])|(?=[/_.-])/)
      .filter((part) => part !== ''),
  );
  const shortest = Math.min(...parts.map((p) => p.length));
  let from = 0;
  while (from < shortest - 1 && parts.every((p) => p[from] === parts[0]?.[from])) from++;
  let cut = 0;
  while (cut < shortest - 1 - from && parts.every((p) => p.at(-1 - cut) === parts[0]?.at(-1 - cut))) cut++;
  const names = parts.map((p, i) => {
    const name = p
      .slice(from, p.length - cut)
      .join('')
      .replace(/^[/_.-]+|[/_.-]+$/g, '');
    return name === '' || files.length === 1 ? lastPart(files[i] ?? '') : name;
  });
  return names.map((name, i) => (names.indexOf(name) === names.lastIndexOf(name) ? name : `${name}#${i + 1}`));
}

function lastPart(file: string): string {
  return (file.split('/').at(-1) ?? file).replace(/\.(conf|cfg|cnf|txt)$/, '') || file;
}
