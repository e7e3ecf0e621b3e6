export { createAdminListener, type AdminListen, type AdminListener } from './listener.ts';
export { createOperations } from './operations.ts';
export type {
  AccessLists,
  Asked,
  ListQuery,
  OperatedView,
  Operations,
  OperationsParts,
} from './operations.ts';
export type { AdminParts, StatusView } from './parts.ts';
export { listQueryOf, type LinkBody } from './api/queries.ts';
export { viewAccessEntry, type AccessEntryView } from './api/accessView.ts';
export type { EventView, RecordView, SummaryView } from './views.ts';
