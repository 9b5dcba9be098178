// npm run bench: ka-ts beside the packaged keepalived on this machine, in one run.
//
//   npm run bench [-- failover|jitter …] [--runs N] [--interval S] [--load idle|busy] [--realtime P] [--quick] [--json]
//
// The candidates take turns (A B A B …) with the same configuration; every run gets a network of its own: namespaces around
// a bridge, the routers and a third host whose tap takes each frame with the kernel's receive time. Nothing outside those
// namespaces is touched, every wait has a deadline, everything is removed in the end. Needs root.
//
//   options.ts      the command line             statistics.ts  quantiles, medians
//   candidates.ts   the programs compared        figures.ts     samples of all runs → figures, JSON lines
//   stage.ts        network, routers, observer   table.ts       figures → text
//   load.ts         busy processes               compare.ts     who runs when
//   failover.ts, jitter.ts                       the benches: one run each, and the reading of what was observed
//
// How to read the figures: docs/performance.md.

export {};
