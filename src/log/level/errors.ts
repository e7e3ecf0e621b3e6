import { HookwardError } from '../../core/errors.ts';

/** What an operator of a damaged log is told to do. */
export const howToMend =
  'Mend it with `hookward verify --repair`, which keeps a copy of it as it is, or restore a backup.';

/** The code that a database error bears, its cause's where it only says that the database is not open; '' for none. */
export function levelCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.cause instanceof Error && levelCode(error.cause) !== '') return levelCode(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What the system said, without what wraps it. */
export function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message;
}

/** What the system said and, where only a repair helps, what to do. */
export function explained(error: unknown): string {
  const text = rootMessage(error);
  return isDamage(error) ? `${text}. ${howToMend}` : text;
}

/**
 * Whether what was to be read is damaged: LevelDB says so, or a file of it is shorter than it should be, gone, or on a bad
 * place of the disk. Everything else of the system, such as too few descriptors, passes.
 */
export function isDamage(error: unknown): boolean {
  const code = levelCode(error);
  if (code === 'LEVEL_CORRUPTION') return true;
  const ofFile = /\/[^/:]+: (Invalid argument|Input\/output error|No such file or directory)$/;
  return code === 'LEVEL_IO_ERROR' && ofFile.test(rootMessage(error));
}

/** Whether the disk (or a quota) had no room. */
export function isNoSpace(error: unknown): boolean {
  return /no space left|disk quota exceeded|ENOSPC|EDQUOT/i.test(`${levelCode(error)} ${rootMessage(error)}`);
}

/** Whether the database was closed under a caller's hands. */
export function isNotOpen(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'LEVEL_DATABASE_NOT_OPEN' ||
      error.code === 'LEVEL_ITERATOR_NOT_OPEN' ||
      error.code === 'LEVEL_BATCH_NOT_OPEN')
  );
}

/** Whether the log itself has said no already. */
export function isLogError(error: unknown): error is HookwardError {
  return error instanceof HookwardError;
}

/** The log's disk is failing; it is being reopened. */
export function failing(reason: string): HookwardError {
  return new HookwardError('log-failing', {
    message: `The log cannot be written (${reason}). It is being reopened; nothing was accepted.`,
    retryAfterSeconds: 5,
  });
}

/** The log has been stopped, or was never started. */
export function closed(): HookwardError {
  return new HookwardError('log-closed', { message: 'The log is closed.', retryAfterSeconds: 5 });
}
