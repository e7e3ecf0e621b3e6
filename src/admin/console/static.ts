import { Hono } from 'hono';
import type { Assets } from './assets.ts';

const forGood = 'public, max-age=31536000, immutable';

/** Serves the assets below `/static/VERSION/`; those of another version are not found, never mixed. */
export function staticRoutes({ version, files }: Assets): Hono {
  const etag = `"${version}"`;
  const router = new Hono();
  router.get('/static/:version/:name', (context) => {
    const { version: asked, name } = context.req.param();
    const asset = asked === version ? files.get(name) : undefined;
    if (asset === undefined) return context.text('There is no such file.', 404);
    context.header('etag', etag);
    context.header('cache-control', forGood);
    if (context.req.header('if-none-match') === etag) return context.body(null, 304);
    return context.body(asset.body, 200, { 'content-type': asset.contentType });
  });
  return router;
}
