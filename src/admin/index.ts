export type { ChangeFeed, WebhookChange } from './live/changes.ts';
export type { History, HistorySample } from './live/history.ts';
export { createAdminListener, type AdminListen, type AdminListener } from './listener.ts';
export {
  createOperations,
  type AccessLists,
  type ListQuery,
  type Operations,
  type OperationsParts,
} from './operations.ts';
export type { Asked, OperatedView, OperatorParts } from './operator.ts';
export { createLiveStreams } from './live/liveStreams.ts';
export { createLogins, type FailedLogin } from './identity/logins.ts';
export type { AdminParts } from './parts.ts';
export type { StatusView } from './statusView.ts';
export { createReplayJobs, type ClosableReplayJobs } from './replays/replayJobs.ts';
export type { LoginResult } from './identity/sessionContract.ts';
export { createSessions } from './identity/sessions.ts';
export type { LimitHit, LinkCheck, RouteView, SenderView } from './settingsViews.ts';
export { listQueryOf, type LinkBody } from './api/queries.ts';
export { viewAccessEntry, type AccessEntryView } from './api/accessView.ts';
export { maskFor, type EventView, type RecordView, type SummaryView } from './views.ts';
