/** Bundles each test/*.test.ts for node and runs them with node's own test runner. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = mkdtempSync(join(tmpdir(), 'ftkit-test-'));
const tests = readdirSync(join(root, 'test')).filter(name => name.endsWith('.test.ts'));

try {
  await build({
    entryPoints: tests.map(name => join(root, 'test', name)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    // Lumino's modules for node ask for `require`.
    mainFields: ['module', 'main'],
    format: 'esm',
    // So do JupyterLab's.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
    },
    logLevel: 'warning'
  });
  const files = tests.map(name => join(out, name.replace(/\.ts$/, '.mjs')));
  process.exitCode =
    spawnSync(process.execPath, ['--test', ...files], { stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
