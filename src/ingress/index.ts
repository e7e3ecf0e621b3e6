export { createIngress } from './ingress.ts';
export type { Ingress, IngressReadings, ListenerAddress } from './ingress.ts';
export type {
  AnswerKind,
  Deliver,
  DuplicateOutcome,
  IngressDeps,
  IngressMetrics,
  IngressObserver,
  Join,
  PassThrough,
  PassedClient,
  SendAgain,
} from './ports.ts';
export { prepareIngressSettings } from './settings.ts';
export type {
  AnswerRule,
  DedupeRule,
  IngressLimits,
  IngressRules,
  IngressSettings,
  ListenerSettings,
  RouteRule,
  SenderRule,
  TlsFiles,
} from './settings.ts';
