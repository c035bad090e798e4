/** Bundles the live chart and plotly's basic build into one module: ../ftkit/live/static/chart.js. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entry = ['index.ts', 'index.js'].map(name => join(root, 'chart', name)).find(existsSync);

if (entry === undefined) {
  console.error('There is no chart/index.ts or chart/index.js: the live chart was not built.');
  process.exit(1);
}
await build({
  entryPoints: [entry],
  outfile: join(root, '..', 'ftkit', 'live', 'static', 'chart.js'),
  bundle: true,
  format: 'esm',
  minify: true,
  legalComments: 'inline',
  loader: { '.css': 'text' },
  target: 'es2022',
  logLevel: 'warning'
});
console.log('built ftkit/live/static/chart.js');
