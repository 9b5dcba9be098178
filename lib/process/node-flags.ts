// Flags of Node for children. The build makes their code caches with the same flags: V8 refuses them for others.

/**
 * V8 compiles a function when it first runs and forgets it when it has not run for some collections. A takeover may come
 * after weeks and must not wait for the compiler: 0.7 ms of 1.5 between deadline and first gratuitous ARP.
 */
const compileAhead = ['--no-lazy', '--no-flush-bytecode'];

export const childFlags: readonly string[] = compileAhead;

/** glibc gives each thread that allocates a heap of its own, which keeps what it once had: up to 4 MiB for 255 routers. */
export const childMalloc = { MALLOC_ARENA_MAX: '1' };
