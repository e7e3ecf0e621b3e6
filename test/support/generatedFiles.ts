import { generatedFiles as configFiles } from '../../src/config/generate/files.ts';
import { problemsReference } from '../../src/core/problemsReference.ts';
import { metricsReference } from '../../src/metrics/index.ts';
import { senderPresets, sendersReference, shippedSenderAddresses } from '../../src/senders/index.ts';
import { dashboardJson } from './dashboard/dashboard.ts';
import { openApiJson } from './openApiJson.ts';

/** Everything that is generated and committed, by its path from the repository's root. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...configFiles(),
    ['config/grafana/hookward.json', dashboardJson()],
    ['config/metrics.md', metricsReference()],
    ['config/openapi.json', openApiJson()],
    ['config/problems.md', problemsReference()],
    ['config/senders.md', sendersReference(senderPresets, shippedSenderAddresses())],
  ]);
}
