// Preloaded into a server (NODE_OPTIONS=--import): with every SIGUSR2, CLOCK_JUMP_MS pass. With CLOCK_IS_SET no time
// passes, but somebody sets the clock of the machine by as much.
const real = { date: Date.now, performance: performance.now.bind(performance) };
let ahead = 0;
Date.now = () => real.date() + ahead;
globalThis.Date = class extends Date {
  constructor(...args) {
    super(...(args.length === 0 ? [Date.now()] : args));
  }
};
if (process.env.CLOCK_IS_SET === undefined) performance.now = () => real.performance() + ahead;
process.on('SIGUSR2', () => (ahead += Number(process.env.CLOCK_JUMP_MS)));
