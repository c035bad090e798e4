/** The switches of the chart change what is drawn, never the numbers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { average, drawn, useful, type ICurve, type IOptions } from '../chart/drawing';

const OPTIONS: IOptions = { smooth: false, log: false, chance: true, slice: true, rate: true };
const curve = (meta: string, y: number[], more = {}): ICurve => ({
  name: meta,
  meta,
  x: Float32Array.from(y.keys()),
  y: Float32Array.from(y),
  ...more
});
const CURVES = [
  curve('band', [4, 3, 2]),
  curve('train', [4, 8, 2, 6]),
  curve('slice', [4, 3]),
  curve('eval', [4, 3]),
  curve('rate', [0, 1], { yaxis: 'y2' })
];
const AXES = {
  xaxis: { anchor: 'y2' },
  yaxis: { domain: [0.27, 1] },
  yaxis2: {},
  shapes: [{ y0: 100, y1: 100 }],
  annotations: [{ y: 100 }, { y: 0.5, yref: 'paper' }]
};
const kinds = (options: Partial<IOptions>): unknown[] =>
  drawn(CURVES, AXES, { ...OPTIONS, ...options }).data.map(one => one['meta']);

test('what is switched off is not drawn, the rest stays', () => {
  assert.deepEqual(kinds({}), ['band', 'train', 'slice', 'eval', 'rate']);
  assert.deepEqual(kinds({ chance: false }), ['train', 'slice', 'eval', 'rate']);
  assert.deepEqual(kinds({ slice: false, rate: false }), ['band', 'train', 'eval']);
});

test('without the learning rate its axis is gone and the losses get the place', () => {
  const { layout } = drawn(CURVES, AXES, { ...OPTIONS, rate: false });
  assert.ok(!('yaxis2' in layout));
  assert.deepEqual(layout['yaxis'], { domain: [0, 1] });
  assert.deepEqual(layout['xaxis'], { anchor: 'y' });
  assert.deepEqual(AXES.yaxis, { domain: [0.27, 1] });
});

test('a smoothed curve comes over the faint one, which keeps its numbers', () => {
  const [, raw, smooth] = drawn(CURVES, AXES, { ...OPTIONS, smooth: true }).data;
  assert.deepEqual([...(raw?.y ?? [])], [4, 8, 2, 6]);
  assert.equal(raw?.['opacity'], 0.3);
  assert.equal(smooth?.['name'], 'train, smoothed');
  assert.deepEqual([...(smooth?.y ?? [])], [...average(Float32Array.from([4, 8, 2, 6]))]);
});

test('an average stays level where the curve is, and keeps gaps', () => {
  const level = average(Float32Array.from(Array<number>(50).fill(3)));
  assert.ok(level.every(value => Math.abs(value - 3) < 1e-5));
  const falling = average(Float32Array.from({ length: 200 }, (_, at) => 500 - at + (-1) ** at));
  assert.ok(Math.abs((falling[100] ?? 0) - 400) < 0.1, 'it does not lag behind');
  const gap = average(Float32Array.from([1, NaN, 1]));
  assert.deepEqual([...gap].map(Number.isFinite), [true, false, true]);
  assert.equal(average(new Float32Array(0)).length, 0);
});

test('on a logarithmic axis labels move with the curve, lines keep their value', () => {
  const { layout } = drawn(CURVES, AXES, { ...OPTIONS, log: true });
  assert.equal((layout['yaxis'] as { type?: string }).type, 'log');
  assert.deepEqual(layout['annotations'], [{ y: 2 }, { y: 0.5, yref: 'paper' }]);
  assert.deepEqual(layout['shapes'], AXES.shapes);
});

test('only switches that make a difference are offered', () => {
  assert.deepEqual(useful(CURVES), ['smooth', 'log', 'chance', 'slice', 'rate']);
  assert.deepEqual(useful([curve('train', [1, -1, 2])]), ['smooth']);
  assert.deepEqual(useful([curve('eval', [1, 2])]), ['log']);
  assert.deepEqual(useful([]), []);
  const below = drawn([curve('eval', [1, 0])], AXES, { ...OPTIONS, log: true });
  assert.equal((below.layout['yaxis'] as { type?: string }).type, undefined);
});
