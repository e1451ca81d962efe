/** What supervisors and Prometheus ask for. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Metrics } from '../metrics/metrics.js';

export interface HealthOptions {
  metrics: Pick<Metrics, 'text' | 'contentType'>;
  /** SIP and MSRP accept traffic. */
  ready: () => boolean;
}

/** Adds `/healthz`, `/readyz` and `/metrics`. */
export function addHealth(app: OpenAPIHono, { metrics, ready }: HealthOptions): void {
  for (const path of ['/healthz', '/readyz']) {
    app.get(path, (context) => {
      context.header('cache-control', 'no-store');
      return ready() ? context.text('ok') : context.text('starting or stopping', 503);
    });
  }
  app.get('/metrics', async (context) => {
    const text = await metrics.text();
    return context.body(text, 200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' });
  });
}
