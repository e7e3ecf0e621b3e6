export type * from './contract.ts';
export { passedOnHeaders } from './headerFilter.ts';
export { createUndiciForwarder } from './undiciForwarder.ts';
export { createPassThrough } from './passThrough.ts';
