import { HookwardError, operatorErrors, type OperatorErrorCode } from '../../core/errors.ts';
import type {
  AccessEntryView,
  OperatedView,
  RecordView,
  StatusView,
  SummaryView,
} from '../../admin/index.ts';
import type { Target } from './target.ts';

/** Where a running server's admin API is. */
export interface AdminAddress {
  readonly url: string;
  readonly token: string | null;
}

const callTimeoutMs = 30_000;

function isOperatorErrorCode(code: unknown): code is OperatorErrorCode {
  return typeof code === 'string' && Object.hasOwn(operatorErrors, code);
}

/** Turns a refused call into the error that the server named. */
async function refusalOf(response: Response): Promise<HookwardError> {
  const problem = (await response.json().catch(() => ({}))) as { code?: unknown; detail?: unknown };
  const detail = typeof problem.detail === 'string' ? problem.detail : '';
  const code = isOperatorErrorCode(problem.code) ? problem.code : 'server-refused';
  return new HookwardError(code, { message: detail || `The server answered ${String(response.status)}.` });
}

async function call(
  admin: AdminAddress,
  path: string,
  change?: { readonly method: string; readonly body: unknown },
): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(new URL(path, admin.url), {
      method: change?.method ?? 'GET',
      headers: {
        ...(admin.token !== null && { authorization: `Bearer ${admin.token}` }),
        ...(change && { 'content-type': 'application/json' }),
      },
      ...(change && { body: JSON.stringify(change.body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(callTimeoutMs),
    });
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new HookwardError('server-unreachable', {
      message: `No server answers at ${admin.url} (${cause}).`,
      cause: error,
    });
  }
  if (!response.ok) throw await refusalOf(response);
  return await response.json();
}

/** The log of a running server. Connects at the first call; each throws HookwardError. */
export function remoteTarget(admin: AdminAddress): Target {
  return {
    name: `the server at ${admin.url}`,
    list: async (fields) =>
      (await call(admin, `/api/webhooks?${new URLSearchParams(fields).toString()}`)) as {
        items: SummaryView[];
        cursor: string | null;
      },
    show: async (id) => (await call(admin, `/api/webhooks/${encodeURIComponent(id)}`)) as RecordView,
    replay: async (ids, reason) =>
      operated(await call(admin, '/api/webhooks/replay', { method: 'POST', body: { ids, reason } })),
    cancel: async (ids, reason) =>
      operated(await call(admin, '/api/webhooks/cancel', { method: 'POST', body: { ids, reason } })),
    listAccess: async () => ((await call(admin, '/api/access')) as { entries: AccessEntryView[] }).entries,
    putAccess: async (entry) =>
      (await call(admin, '/api/access', { method: 'PUT', body: entry })) as AccessEntryView,
    removeAccess: async (entry) =>
      (await call(admin, '/api/access', { method: 'DELETE', body: entry })) as {
        stillCoveredBy: AccessEntryView | null;
      },
    status: async () => (await call(admin, '/api/status')) as StatusView,
    close: () => Promise.resolve(),
  };
}

const operated = (answer: unknown) => (answer as { results: OperatedView[] }).results;

/** Whether a server answers there at all, whatever it says. */
export async function isServerThere(admin: AdminAddress): Promise<boolean> {
  try {
    await fetch(new URL('/healthz', admin.url), { signal: AbortSignal.timeout(2_000), redirect: 'error' });
    return true;
  } catch {
    return false;
  }
}
