import type { Random } from '../core/random.ts';
import { signingKeyText } from './key.ts';

/** Makes a Standard Webhooks secret: `whsec_` and the base64 of 32 unpredictable bytes. */
export function generateSigningKey(random: Pick<Random, 'bytes'>): string {
  return signingKeyText(random.bytes(32));
}
