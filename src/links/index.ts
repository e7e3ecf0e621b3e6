export type * from './contract.ts';
export type { LinkDescription } from './describeLink.ts';
export type { LinkPlace, LinkSettings } from './getUrlFor.ts';
export type { LinkKey } from './secrets.ts';
export type { LinkVerifierSettings } from './verifier.ts';
export { describeLink } from './describeLink.ts';
export { getUrlFor } from './getUrlFor.ts';
export { newLinkId } from './linkId.ts';
export { createLinkVerifier } from './verifier.ts';
