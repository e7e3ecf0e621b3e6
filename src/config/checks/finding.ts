import type { OperatorErrorCode } from '../../core/errors.ts';
import type { Finding } from '../load/issues.ts';
import type { PathStep } from '../problems.ts';
import type { Draft } from './draft.ts';

/** A finding whose code is not always `config-invalid`. */
export type CheckFinding = Finding & { readonly code?: OperatorErrorCode };

/** A rule between parts of a configuration. */
export type Check = (draft: Draft) => readonly CheckFinding[];

/** A finding about the value at `steps`. */
export const wrong = (
  steps: readonly PathStep[],
  message: string,
  more: { readonly hint?: string; readonly what?: 'key' | 'value'; readonly code?: OperatorErrorCode } = {},
): CheckFinding => ({ steps, what: 'value', message, ...more });
