import type { SenderAddresses, SenderPreset } from './contract.ts';

/** The least that a configuration must say of a route for this sender. */
export function exampleRoute(preset: SenderPreset, known: SenderAddresses | undefined): string {
  const { name, secret, settings, signsUrl, checksAddress } = preset;
  const variable = `\${${name.toUpperCase().replaceAll('-', '_')}_SECRET}`;
  const needed = settings.required.map((setting) => `${setting}: '...'`);
  return [
    ...(signsUrl ? ['publicUrl: https://hooks.example.com'] : []),
    'routes:',
    `  - name: ${name}`,
    `    path: /hooks/${name}`,
    `    sender: ${name}`,
    ...(secret === null ? [] : [`    secrets: ['${variable}']`]),
    ...(needed.length === 0 ? [] : [`    senderSettings: { ${needed.join(', ')} }`]),
    ...(known === undefined || checksAddress ? [] : [`    whitelist: [sender:${name}]`]),
  ].join('\n');
}
