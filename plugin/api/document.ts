import type { OpenAPIHono } from '@hono/zod-openapi';

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

/** All that was added to `app`, as OpenAPI 3.1. */
export function openApiDocument(app: OpenAPIHono, version: string): Document {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'drachtio-chatroom',
      version,
      description:
        'Chat rooms for SIP networks: rooms, those in them, and what happened. docs/http-api.md introduces it.',
      license: { name: 'MIT' },
    },
    security: [{ token: [] }, {}],
  });
  const token = {
    type: 'http' as const,
    scheme: 'bearer',
    description: '`http.token` of the configuration. Without one only this machine may, and no web page.',
  };
  return { ...document, components: { ...document.components, securitySchemes: { token } } };
}
