// Preloaded into a server (NODE_OPTIONS=--import): every SIGUSR2 moves its clock CLOCK_JUMP_MS ahead.
const real = Date.now;
let ahead = 0;
Date.now = () => real() + ahead;
globalThis.Date = class extends Date {
  constructor(...args) {
    super(...(args.length === 0 ? [Date.now()] : args));
  }
};
process.on('SIGUSR2', () => (ahead += Number(process.env.CLOCK_JUMP_MS)));
