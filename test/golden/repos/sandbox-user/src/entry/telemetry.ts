// A file of its own in the build, which the others load only where something is to be sent.
export { openTelemetry } from '../platform/node/telemetry.js';
