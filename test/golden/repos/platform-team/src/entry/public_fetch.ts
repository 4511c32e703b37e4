// A file of its own in the build, which the others load only where an address comes from an argument.
export { fetchPublic } from '../platform/node/public_fetch.js';
