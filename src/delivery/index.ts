export { createDelivery, type Delivery, type DeliveryStats } from './delivery.ts';
export { leaseMarginMs } from './plan.ts';
export type { BotHostStats } from './botHost.ts';
export type {
  AttemptFacts,
  BotHostSettings,
  CircuitSettings,
  CircuitState,
  DeliveryDeps,
  DeliveryMetrics,
  DeliveryNotice,
  DeliverySettings,
  RateSettings,
  RetrySettings,
  RouteSettings,
  TurnOutcome,
} from './ports.ts';
