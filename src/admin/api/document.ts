// The OpenAPI document of the admin API, made of the endpoints that are served.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AdminEnv } from '../identity/auth.ts';
import { sessionCookie } from '../identity/auth.ts';
import { documentedProblems, problemAnswer, problemView, securitySchemes } from './endpoint.ts';

const description = `For people who operate Hookward, and their scripts.

Every call but \`/healthz\` and \`/readyz\` needs a token (\`hookward keys token --role support\`), sent as
\`Authorization: Bearer TOKEN\`, or the session of a login at the console; without configured tokens only calls of this
machine are taken. \`x-least-role\` says from which role on an endpoint may be used: each of viewer, support and admin may
do what those before it may. A change needs a reason, and stands in the audit log. Errors are RFC 9457 problems: \`code\`
is stable.`;

/** What is said of the API as a whole. */
function about(version: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Hookward admin API',
      version,
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [
      { name: 'webhooks', description: 'What has arrived, and what became of it.' },
      { name: 'replays', description: 'Replays of many webhooks, at a pace.' },
      { name: 'access', description: 'Who may call.' },
      { name: 'links', description: 'Webhook URLs.' },
      { name: 'settings', description: 'The configuration in force.' },
      { name: 'audit', description: 'Who changed what, when and why.' },
      { name: 'live', description: 'What happens now.' },
      { name: 'health', description: 'How the server is doing.' },
    ],
  };
}

/** Says in the document how callers are told apart, and how all endpoints say no. */
export function registerShared({ openAPIRegistry: registry }: OpenAPIHono<AdminEnv>): void {
  registry.register('Problem', problemView);
  for (const code of documentedProblems) registry.registerComponent('responses', code, problemAnswer(code));
  registry.registerComponent('securitySchemes', securitySchemes.token, { type: 'http', scheme: 'bearer' });
  registry.registerComponent('securitySchemes', securitySchemes.session, {
    type: 'apiKey',
    in: 'cookie',
    name: sessionCookie,
    description: 'The cookie of a login at the console.',
  });
  registry.registerComponent('securitySchemes', securitySchemes.csrf, {
    type: 'apiKey',
    in: 'header',
    name: 'x-csrf-token',
    description: "The session's own secret, for calls other than GET: every form of the console holds it.",
  });
}

/** The document of all endpoints of `app`. */
export function openApiDocument(app: OpenAPIHono<AdminEnv>, version: string) {
  return app.getOpenAPI31Document(about(version));
}
