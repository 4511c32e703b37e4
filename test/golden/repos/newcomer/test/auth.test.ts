import { expect, test } from 'vitest';
import { authSettings } from '../src/platform/auth/settings.js';
import { loadEnvironment } from '../src/platform/config/environment.js';
import { createApp } from '../src/platform/http/app.js';
import { deriveHttpConfig } from '../src/platform/http/config.js';
import { startServer } from './kit.js';

test('other machines are let in only on purpose', () => {
  const start = (environment: Record<string, string>) => () =>
    createApp(
      deriveHttpConfig(
        loadEnvironment(authSettings, { HOST: '0.0.0.0', MCP_PUBLIC_URL: 'https://mcp.example.com/mcp', ...environment }),
      ),
      startServer().runtime,
    );
  expect(start({})).toThrow('ALLOW_UNAUTHENTICATED=true');
  expect(start({ ALLOW_UNAUTHENTICATED: 'true' })).not.toThrow();
});
