// The one suite that every engine of the log passes. It is written from src/log/contract.ts alone and knows no engine.
import { describe } from 'node:test';
import { accessSuite } from './access.ts';
import { appendSuite } from './append.ts';
import { claimSuite } from './claim.ts';
import { crowdSuite } from './crowd.ts';
import { dedupeSuite } from './dedupe.ts';
import { dedupeTimingSuite } from './dedupeTiming.ts';
import { benches } from './engine.ts';
import type { OpenEngine } from './engine.ts';
import { fidelitySuite } from './fidelity.ts';
import { listSuite } from './list.ts';
import { operateSuite } from './operate.ts';
import { orderSuite } from './order.ts';
import { retentionSuite } from './retention.ts';
import { searchSuite } from './search.ts';
import { settleSuite } from './settle.ts';

/** Declares every test of the contract for one engine. An engine that cannot be opened fails them; none is skipped. */
export function describeLogContract(name: string, open: OpenEngine): void {
  describeLogBehaviour(name, open);
  describe(`the log's contract, in bounded memory: ${name}`, () => {
    crowdSuite(benches(open));
  });
}

/** What the contract says of behaviour alone: the part that a log in memory keeps, too. */
export function describeLogBehaviour(name: string, open: OpenEngine): void {
  describe(`the log's contract: ${name}`, () => {
    const on = benches(open);
    appendSuite(on);
    claimSuite(on);
    settleSuite(on);
    operateSuite(on);
    orderSuite(on);
    dedupeSuite(on);
    dedupeTimingSuite(on);
    listSuite(on);
    searchSuite(on);
    accessSuite(on);
    retentionSuite(on);
    fidelitySuite(on);
  });
}
