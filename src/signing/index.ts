export type * from './contract.ts';
export type { OmittedPart, WebhookOptions } from './options.ts';
export type { SigningSettings } from './signer.ts';
export { generateSigningKey } from './generateKey.ts';
export { createSigner } from './signer.ts';
