export { createIngress } from './ingress.ts';
export type { Ingress, IngressReadings, ListenerAddress } from './ingress.ts';
export type {
  AnswerKind,
  Deliver,
  IngressDeps,
  IngressMetrics,
  IngressObserver,
  PassThrough,
  PassedClient,
} from './ports.ts';
export { prepareIngressSettings } from './settings.ts';
export type {
  IngressLimits,
  IngressRules,
  IngressSettings,
  ListenerSettings,
  RouteRule,
  TlsFiles,
} from './settings.ts';
