export type * from './contract.ts';
export { passedOnHeaders } from './headerFilter.ts';
export { createUndiciForwarder } from './undiciForwarder.ts';
